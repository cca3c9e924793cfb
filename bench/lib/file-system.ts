/**
 * A fresh ext4 on a loop device for each side: deleting many files makes the next creation on ext4
 * ten times slower, and a sync of one side must not write what the other left in the cache.
 */
import { mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
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
  const inMemory = (await runOk('findmnt', ['-no', 'FSTYPE', '-T', PLACE])).trim() === 'tmpfs'
  cleanup.add(() => rm(image, { force: true }))
  if (inMemory) await fill(image, gibibytes)
  else {
    await writeFile(image, '')
    await truncate(image, gibibytes * 2 ** 30)
  }
  const eager = 'nodiscard,lazy_itable_init=0,lazy_journal_init=0'
  await runOk('mkfs.ext4', ['-q', '-F', '-E', eager, image])
  await runOk('mount', ['-o', 'loop', image, folder.path])
  if (!inMemory) {
    // Past the machine's own page cache: kept twice, large files would come to the disk at a crawl.
    const device = (await runOk('findmnt', ['-no', 'SOURCE', folder.path])).trim()
    await runOk('losetup', ['--direct-io=on', device])
  }
  // A daemon that ends a moment later than it says would keep it busy.
  cleanup.add(() => runOk('umount', ['--lazy', folder.path]))
  return folder.path
}

/**
 * A virtual machine may get its memory page by page from a host, at a few hundred MB a second: all of
 * the "disk" is there before anything is measured.
 */
async function fill(image: string, gibibytes: number): Promise<void> {
  const free = Number(
    /^MemAvailable:\s+(\d+) kB/m.exec(await readFile('/proc/meminfo', 'utf8'))?.[1],
  )
  if (free / 2 ** 20 < gibibytes + 3) {
    throw new Error(
      `${gibibytes} GiB are not free in memory: LAMINA_BENCH_PLACE names a folder on a disk`,
    )
  }
  const size = ['bs=1M', `count=${gibibytes * 1024}`, 'status=none']
  await runOk('dd', ['if=/dev/zero', `of=${image}`, ...size], { timeout: 120_000 })
}

/** Writes out what is waiting, so that the next measurement does not. */
export async function settle(path: string): Promise<void> {
  await runOk('sync', ['--file-system', path])
}
