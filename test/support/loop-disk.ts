import { mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import { run, runOk } from './run'
import { tempDir } from './temp'

export interface LoopDisk {
  /** Where it is mounted: an empty folder. */
  path: string
  /** Whether it is a file system of its own; else an ordinary folder, see `loopDisk`. */
  isOwn: boolean
  remove(): Promise<void>
}

/**
 * An ext4 file system of so many MiB in a file, mounted. Needs root and loop devices: where they are
 * missing it is an error under CI; elsewhere the test runs in an ordinary folder, and says so.
 */
export async function loopDisk(megabytes: number): Promise<LoopDisk> {
  const temp = await tempDir('laml')
  const image = join(temp.path, 'disk')
  const path = join(temp.path, 'mnt')
  await mkdir(path)
  const handle = await open(image, 'w')
  await handle.truncate(megabytes * 1024 * 1024)
  await handle.close()
  await runOk('mkfs.ext4', ['-q', '-F', '-m', '0', image])
  const mounted = await run('mount', ['-o', 'loop', image, path])
  if (mounted.code === 0) {
    await runOk('rmdir', [join(path, 'lost+found')])
    const remove = async (): Promise<void> => {
      await runOk('umount', [path])
      await temp.remove()
    }
    return { path, isOwn: true, remove }
  }
  const reason = `no loop mount here (root and /dev/loop* are needed): ${mounted.stderr.trim()}`
  if (process.env.CI === 'true') {
    await temp.remove()
    throw new Error(reason)
  }
  process.stderr.write(`\n*** ${reason}\n*** This run goes on in a folder WITHOUT a limit.\n\n`)
  return { path, isOwn: false, remove: () => temp.remove() }
}
