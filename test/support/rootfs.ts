import { mkdir, rename, rm, stat, symlink, copyFile, chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { userCache } from '../../scripts/lib/paths.mjs'
import { run, runOk } from './run'

const CACHE = join(userCache(), 'rootfs')
/** An older Debian is made again: its lists of packages would be out of date. */
const MAX_AGE_MS = 7 * 24 * 3600 * 1000
const SUITE = 'bookworm'
const APPLETS = ['sh', 'ls', 'cat', 'echo', 'mkdir', 'rm', 'touch', 'sleep', 'true', 'vi', 'tar']

/** A tar of a small root file system: busybox-static with links for some of its commands. */
export async function busyboxRootfs(): Promise<string> {
  return cached('busybox.tar', async (tar) => {
    const root = `${tar}.d`
    await mkdir(join(root, 'bin'), { recursive: true })
    for (const dir of ['etc', 'tmp', 'root', 'dev', 'proc', 'sys']) await mkdir(join(root, dir))
    const binary = (await runOk('sh', ['-c', 'command -v busybox'])).trim()
    await copyFile(binary, join(root, 'bin/busybox'))
    await chmod(join(root, 'bin/busybox'), 0o755)
    for (const name of APPLETS) await symlink('busybox', join(root, 'bin', name))
    await runOk('tar', ['-C', root, '--sort=name', '-cf', tar, '.'])
    await rm(root, { recursive: true, force: true })
  })
}

/**
 * A tar of a real Debian (debootstrap, variant minbase, about 200 MB), from the mirror that this
 * machine's apt uses; it is made once (40 s) and kept for a week in the user's cache. Needs root and
 * debootstrap.
 */
export async function debianRootfs(): Promise<string> {
  return cached(`debian-${SUITE}.tar`, async (tar) => {
    const root = `${tar}.d`
    await rm(root, { recursive: true, force: true })
    const mirror = await aptMirror()
    const made = await run('debootstrap', ['--variant=minbase', SUITE, root, mirror], {
      timeout: 600_000,
    })
    if (made.code !== 0) throw new Error(`debootstrap: ${made.stdout}${made.stderr}`.slice(-3000))
    await copyAptSettings(root)
    await runOk('tar', ['-C', root, '--one-file-system', '-cf', tar, '.'])
    await rm(root, { recursive: true, force: true })
  })
}

async function cached(name: string, make: (tar: string) => Promise<void>): Promise<string> {
  const tar = join(CACHE, name)
  const there = await stat(tar).catch(() => null)
  if (there && Date.now() - there.mtimeMs < MAX_AGE_MS) return tar
  await mkdir(CACHE, { recursive: true })
  // Two runs may make it at once: each writes its own file, and the rename is atomic.
  const draft = `${tar}.${process.pid}`
  await make(draft)
  await rename(draft, tar)
  return tar
}

/** The address of the first Debian mirror in apt's own sources. */
async function aptMirror(): Promise<string> {
  const targets = await runOk('apt-get', [
    'indextargets',
    '--format',
    '$(SITE) $(CODENAME) $(COMPONENT)',
    'Created-By: Packages',
  ])
  const rows = targets.split('\n').map((line) => line.split(' '))
  const mirror = rows.find((row) => row[1] === SUITE && row[2] === 'main') ?? rows[0]
  if (!mirror?.[0]) throw new Error('apt has no Debian mirror in its sources (apt-get update?)')
  return mirror[0]
}

/** apt in the image goes out as apt on this machine does: the same proxy, when there is one. */
async function copyAptSettings(root: string): Promise<void> {
  const settings = (await runOk('apt-config', ['dump'])).split('\n')
  const proxy = settings.filter((line) => /^Acquire::https?::Proxy/i.test(line))
  if (proxy.length > 0) {
    const file = join(root, 'etc/apt/apt.conf.d/90proxy')
    await runOk('tee', [file], { input: `${proxy.join('\n')}\n` })
  }
}
