/**
 * A fresh ext4 on a loop device for each side: deleting many files makes the next creation on ext4
 * ten times slower, and a sync of one side must not write what the other left in the cache.
 */
import { mkdir, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runOk } from '../../test/support/run'
import { tempDir } from '../../test/support/temp'
import type { Cleanup } from './cleanup'

/**
 * Where they lie: in memory, for a disk that others use, or that is slower at noise than at zeros,
 * would be all that is measured. `LAMINA_BENCH_PLACE` names another folder, one on the disk.
 */
const PLACE = process.env.LAMINA_BENCH_PLACE ?? '/dev/shm'

/** Makes and mounts one of so many GiB, of which only what is used takes space. Needs root. */
export async function freshFileSystem(cleanup: Cleanup, gibibytes: number): Promise<string> {
  if (process.getuid?.() !== 0) throw new Error('this bench needs root: it mounts file systems')
  const folder = await tempDir('lamfs')
  cleanup.add(() => folder.remove())
  await mkdir(PLACE, { recursive: true })
  const image = join(PLACE, `${folder.path.split('/').pop()}.ext4`)
  await writeFile(image, '')
  cleanup.add(() => rm(image, { force: true }))
  await truncate(image, gibibytes * 2 ** 30)
  const eager = 'lazy_itable_init=0,lazy_journal_init=0'
  await runOk('mkfs.ext4', ['-q', '-F', '-E', eager, image])
  await runOk('mount', ['-o', 'loop', image, folder.path])
  if ((await runOk('findmnt', ['-no', 'FSTYPE', '-T', PLACE])).trim() !== 'tmpfs') {
    // Past the machine's own page cache: kept twice, large files would come to the disk at a crawl.
    const device = (await runOk('findmnt', ['-no', 'SOURCE', folder.path])).trim()
    await runOk('losetup', ['--direct-io=on', device])
  }
  // A daemon that ends a moment later than it says would keep it busy.
  cleanup.add(() => runOk('umount', ['--lazy', folder.path]))
  return folder.path
}

/** Writes out what is waiting, so that the next measurement does not. */
export async function settle(path: string): Promise<void> {
  await runOk('sync', ['--file-system', path])
}
