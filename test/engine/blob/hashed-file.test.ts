import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { open, readdir, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { HashedFile } from '../../../src/engine/blob/hashed-file'
import { LargeFile } from '../../../src/engine/blob/large-file'
import { errno } from '../../../src/engine/blob/disk'
import { tempDir } from '../../support/temp'

const MiB = 1024 * 1024
/** Bytes that differ from place to place. */
function bytes(length: number): Buffer {
  const data = Buffer.alloc(length)
  for (let at = 0; at + 4 <= length; at += 4) data.writeUInt32LE((at * 2654435761) >>> 0, at)
  return data
}

/** Whether the file system of this folder can be written to past the page cache. */
async function canBeDirect(folder: string): Promise<boolean> {
  if (process.platform !== 'linux') return false
  const flags = constants.O_CREAT | constants.O_WRONLY | constants.O_DIRECT
  const handle = await open(join(folder, 'probe'), flags).catch(() => null)
  await handle?.close()
  return handle !== null
}

/** The flags of each descriptor by which this process has the file open. */
async function openFlags(path: string): Promise<number[]> {
  const flags: number[] = []
  for (const fd of await readdir('/proc/self/fd')) {
    if ((await readlink(`/proc/self/fd/${fd}`).catch(() => '')) !== path) continue
    const info = await readFile(`/proc/self/fdinfo/${fd}`, 'utf8')
    flags.push(parseInt(/flags:\s+(\d+)/.exec(info)?.[1] ?? '0', 8))
  }
  return flags
}

/** Whether this process has the file open for such writes. */
async function isOpenDirectly(path: string): Promise<boolean> {
  return (await openFlags(path)).some((flags) => (flags & constants.O_DIRECT) !== 0)
}

it('writes a large file in pieces of any size, the rest of it past the page cache', async () => {
  const folder = await tempDir('hashed')
  const path = join(folder.path, 'file')
  const data = bytes(70 * MiB + 12_345)
  const file = new HashedFile({
    file: () => LargeFile.open(path, 'wx'),
    algorithm: 'sha256',
    ahead: 2,
  })
  const possible = await canBeDirect(folder.path)
  let direct = false
  // Small ones, such of many MiB, and a flush in the middle, behind which nothing is aligned.
  const cuts = [1, 4095, 65_536, 33 * MiB + 7, 3 * MiB, 511, 20 * MiB]
  let at = 0
  for (const [index, size] of [...cuts, data.length].entries()) {
    await file.write(data.subarray(at, at + size))
    at = Math.min(at + size, data.length)
    expect(file.size).toBe(at)
    if (index % 3 === 2) await file.flush()
    direct ||= possible && (await isOpenDirectly(path))
  }
  await file.sync()
  expect(file.digest()).toBe(`sha256:${createHash('sha256').update(data).digest('hex')}`)
  await file.close()
  expect((await readFile(path)).equals(data)).toBe(true)
  expect(direct).toBe(possible)
  await folder.remove()
})

it('goes on behind what is there', async () => {
  const folder = await tempDir('hashed')
  const path = join(folder.path, 'file')
  const data = bytes(40 * MiB)
  const parts = [data.subarray(0, 1000), data.subarray(1000)]
  for (const [index, part] of parts.entries()) {
    const file = new HashedFile({
      file: () => LargeFile.open(path, index === 0 ? 'w+' : 'r+'),
      algorithm: null,
      ahead: 1,
      position: index === 0 ? 0 : 1000,
    })
    await file.write(part)
    await file.sync()
    expect(file.digest()).toBeNull()
    await file.close()
  }
  expect((await readFile(path)).equals(data)).toBe(true)
  await folder.remove()
})

it('says what the disk said to everybody who waits, and takes nothing more', async () => {
  const folder = await tempDir('hashed')
  const file = new HashedFile({
    file: () => LargeFile.open(join(folder.path, 'missing', 'file'), 'wx'),
    algorithm: 'sha256',
    ahead: 1,
  })
  const failure = await file.write(bytes(8 * MiB)).then(() => null, errno)
  expect(failure).toBe('ENOENT')
  expect(await file.flush().then(() => null, errno)).toBe('ENOENT')
  expect(file.push(bytes(10))).toBe(false)
  await file.close()
  await folder.remove()
})

it.runIf(process.platform === 'linux')('closes a file that nothing was written to', async () => {
  const folder = await tempDir('hashed')
  const path = join(folder.path, 'file')
  const opened = await LargeFile.open(path, 'wx')
  const file = new HashedFile({ file: opened, algorithm: 'sha256', ahead: 1 })
  expect(await openFlags(path)).toHaveLength(1)
  await file.close()
  expect(await openFlags(path)).toHaveLength(0)
  await folder.remove()
})
