import { randomBytes } from 'node:crypto'
import { readdir, readlink, stat, writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { DiskBlobStore } from '../../../src/engine/blob/disk-blob-store'
import { rootPaths } from '../../../src/engine/blob/paths'
import { digestOf } from '../../../src/engine/oci/digest'
import { temporaryFolders } from './temporary-root'

const folder = temporaryFolders()

async function newStore() {
  const paths = rootPaths(await folder())
  return { paths, store: await DiskBlobStore.open(paths) }
}

async function collect(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

describe('DiskBlobStore', () => {
  it('reads as many small blobs as are asked for at once, with few files open', async () => {
    const { store, paths } = await newStore()
    const all = Array.from({ length: 400 }, (_, at) => Buffer.from(`small ${at}`))
    await Promise.all(all.map((data) => store.put(data)))
    const reads = Promise.all(all.map((data) => store.read(digestOf(data))))
    let done = false
    let most = 0
    const watch = async () => {
      while (!done) {
        const open = await readdir('/proc/self/fd')
        const links = open.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => ''))
        const ours = (await Promise.all(links)).filter((path) => path.startsWith(paths.blobs))
        most = Math.max(most, ours.length)
      }
    }
    const watched = watch()
    expect((await reads).map(String)).toEqual(all.map(String))
    done = true
    await watched
    expect(most).toBeLessThanOrEqual(32)
    const missing = digestOf(Buffer.from('missing'))
    const failures = Array.from({ length: 40 }, () => store.read(missing).catch(() => 'failed'))
    expect(new Set(await Promise.all(failures))).toEqual(new Set(['failed']))
    expect((await store.read(digestOf(all[0] as Buffer))).equals(all[0] as Buffer)).toBe(true)
  })

  it('keeps what was written under its digest, whatever the sizes of the chunks', async () => {
    const { store, paths } = await newStore()
    const data = randomBytes(5_000_000)
    for (const step of [777, 65_536, 300_000, 1_048_576, 5_000_000]) {
      const writer = await store.writer()
      const reused = Buffer.alloc(step)
      for (let at = 0; at < data.length; at += step) {
        const length = data.copy(reused, 0, at)
        await writer.write(reused.subarray(0, length))
      }
      expect(writer.size).toBe(data.length)
      const info = await writer.commit()
      expect(info).toEqual({ digest: digestOf(data), size: data.length })
      expect((await collect(await store.open(info.digest))).equals(data)).toBe(true)
      await store.delete(info.digest)
    }
    expect(await readdir(paths.ingest)).toEqual([])
  })

  it('reads ranges', async () => {
    const { store } = await newStore()
    const data = randomBytes(3_000_000)
    const { digest } = await store.put(data)
    for (const [start, end] of [
      [0, 1],
      [1_048_570, 1_048_580],
      [2_999_999, 9_000_000],
      [3_000_000, 3_000_001],
    ] as const) {
      const part = await collect(await store.open(digest, { start, end }))
      expect(part.equals(data.subarray(start, end))).toBe(true)
    }
  })

  it('reads in memory that is used again, a chunk valid while the two after it come', async () => {
    const { store } = await newStore()
    const data = randomBytes(7_500_000)
    const { digest } = await store.put(data)
    const memory = new Set<ArrayBufferLike>()
    const late: Buffer[] = []
    const seen: Buffer[] = []
    for await (const chunk of await store.open(digest, { reuse: true, start: 5 })) {
      memory.add(chunk.buffer)
      late.push(chunk)
      if (late.length === 3) seen.push(Buffer.from(late.shift() as Buffer))
    }
    expect(Buffer.concat([...seen, ...late]).equals(data.subarray(5))).toBe(true)
    expect(memory.size).toBe(3)
  })

  it('keeps nothing of what is not expected', async () => {
    const { store, paths } = await newStore()
    const data = Buffer.from('something')
    const other = digestOf('other')
    for (const expected of [{ digest: other }, { size: 8 }, { size: 10 }]) {
      await expect(store.put(data, { expected })).rejects.toMatchObject({ code: 'digest_mismatch' })
    }
    expect(await readdir(paths.ingest)).toEqual([])
    expect(await collect2(store.list())).toEqual([])
  })

  it('takes sha512', async () => {
    const { store } = await newStore()
    const data = Buffer.from('long')
    const digest = digestOf(data, 'sha512')
    expect(await store.put(data, { expected: { digest } })).toEqual({ digest, size: 4 })
    expect((await store.read(digest)).toString()).toBe('long')
    expect(await store.verify(digest)).toBe(true)
  })

  it('cancels, and writes the same blob at the same time', async () => {
    const { store, paths } = await newStore()
    const cancelled = await store.writer()
    await cancelled.write(randomBytes(2_000_000))
    await cancelled.cancel()
    await cancelled.cancel()
    const data = randomBytes(100_000)
    const infos = await Promise.all(Array.from({ length: 8 }, () => store.put(data)))
    expect(new Set(infos.map((info) => info.digest)).size).toBe(1)
    expect(await readdir(paths.ingest)).toEqual([])
    expect(await collect2(store.list())).toEqual([infos[0]])
  })

  it('says what is not there and what was damaged', async () => {
    const { store } = await newStore()
    const { digest } = await store.put(Buffer.from('healthy'))
    expect(await store.verify(digest)).toBe(true)
    await writeFile(store.path(digest), 'damaged')
    expect(await store.verify(digest)).toBe(false)
    await expect(store.read(digest)).rejects.toMatchObject({ code: 'store_damaged' })
    expect(await store.delete(digest)).toBe(true)
    expect(await store.delete(digest)).toBe(false)
    expect(await store.stat(digest)).toBeNull()
    await expect(store.open(digest)).rejects.toMatchObject({ code: 'not_found' })
  })

  it('replaces a blob that has been cut short', async () => {
    const { store } = await newStore()
    const data = Buffer.from('complete')
    const { digest } = await store.put(data)
    await writeFile(store.path(digest), 'comp')
    await store.put(data)
    expect((await stat(store.path(digest))).size).toBe(8)
  })

  it('counts leases', async () => {
    const { store } = await newStore()
    const a = store.lease()
    const b = store.lease()
    const { digest } = await store.put(Buffer.from('held'), { lease: a })
    b.add(digest)
    a.release()
    expect(store.leased(digest)).toBe(true)
    b.release()
    expect(store.leased(digest)).toBe(false)
  })

  it('stops when asked to', async () => {
    const { store } = await newStore()
    const { digest } = await store.put(randomBytes(3_000_000))
    const controller = new AbortController()
    const read = async () => {
      for await (const chunk of await store.open(digest, { signal: controller.signal })) {
        expect(chunk.length).toBeGreaterThan(0)
        controller.abort()
      }
    }
    await expect(read()).rejects.toMatchObject({ code: 'cancelled' })
  })
})

async function collect2<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = []
  for await (const item of stream) items.push(item)
  return items
}
