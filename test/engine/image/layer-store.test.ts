import { randomBytes } from 'node:crypto'
import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { digestHex, digestOf } from '../../../src/engine/oci/digest'
import type { LayerEntry } from '../../../src/engine/layer/types'
import { directory, hardlink, source, symlink, tarOf } from '../layer/tars'
import { arrive, collect, stores, zstd } from './stores'

const newStore = stores()

const entries = () => [
  directory('d'),
  source('d/text', { content: 'some text' }),
  source('d/noise', { content: randomBytes(700_000) }),
  source('d/zeros', { content: Buffer.alloc(3_000_000) }),
  symlink('link', 'd/text'),
  hardlink('hard', 'd/text'),
]

describe('layers that arrive', () => {
  const packings = [
    ['none', (tar: Buffer) => tar],
    ['gzip', (tar: Buffer) => gzipSync(tar)],
    // Two members one after the other are one stream.
    [
      'gzip',
      (tar: Buffer) => Buffer.concat([gzipSync(tar.subarray(0, 999)), gzipSync(tar.subarray(999))]),
    ],
    ['zstd', (tar: Buffer) => zstd(tar)],
    ['zstd', (tar: Buffer) => zstd(tar, '-19', '--long=25')],
    [
      'zstd',
      (tar: Buffer) =>
        Buffer.concat([zstd(tar.subarray(0, 5000), '--no-check'), zstd(tar.subarray(5000), '-1')]),
    ],
  ] as const

  it.each(packings)('are kept as they come: %s', async (compression, pack) => {
    const store = await newStore()
    const tar = await tarOf(entries())
    const bytes = pack(tar)
    for (const step of [1 << 20, 4001]) {
      const expected = { digest: digestOf(bytes), size: bytes.length, diffId: digestOf(tar) }
      const layer = await arrive(store, bytes, { expected }, step)
      expect(layer).toEqual({
        diffId: digestOf(tar),
        size: tar.length,
        contentSize: 9 + 700_000 + 3_000_000 + 'd/text'.length,
        forms: [{ compression, digest: digestOf(bytes), size: bytes.length }],
      })
      expect((await collect(await store.layers.uncompressed(layer.diffId))).equals(tar)).toBe(true)
      expect((await store.layers.index(layer.diffId)).totals.entries).toBe(6)
      expect(store.layers.byBlob(digestOf(bytes))?.diffId).toBe(layer.diffId)
      await store.gc()
      expect(store.layers.list()).toEqual([])
    }
    expect(await readdir(join(store.root, 'ingest'))).toEqual([])
  })

  it.each([
    ['another digest', { digest: digestOf('x') }, 'digest_mismatch'],
    ['another diffID', { diffId: digestOf('x') }, 'digest_mismatch'],
    ['another size', { size: 5 }, 'digest_mismatch'],
  ] as const)('are refused for %s', async (_, expected, code) => {
    const store = await newStore()
    const tar = await tarOf(entries())
    for (const bytes of [tar, gzipSync(tar), zstd(tar)])
      await expect(arrive(store, bytes, { expected })).rejects.toMatchObject({ code })
    expect(store.layers.list()).toEqual([])
    expect(await readdir(join(store.root, 'ingest'))).toEqual([])
    await store.gc()
    expect((await store.fsck()).blobs).toBe(0)
  })

  it('are refused when they are damaged, cut short or followed by something else', async () => {
    const store = await newStore()
    const tar = await tarOf(entries())
    const packed = [gzipSync(tar), zstd(tar)]
    const broken = (bytes: Buffer, at: number) => {
      const copy = Buffer.from(bytes)
      copy[at] = (copy[at] as number) ^ 0x55
      return copy
    }
    const bad = [
      Buffer.alloc(0),
      Buffer.from('xy'),
      Buffer.from('not a tar at all '.repeat(100)),
      tar.subarray(0, 2000),
      broken(tar, 600),
      ...packed.flatMap((bytes) => [
        bytes.subarray(0, 3),
        bytes.subarray(0, bytes.length - 5),
        bytes.subarray(0, 400_000),
        broken(bytes, 2),
        Buffer.concat([bytes, Buffer.from('garbage behind it')]),
      ]),
    ]
    for (const [number, bytes] of bad.entries()) {
      const error: unknown = await arrive(store, bytes, { name: 'it' }).then(
        () => `number ${number} was taken`,
        (thrown: unknown) => thrown,
      )
      expect(error).toMatchObject({ code: 'archive_corrupted', params: { name: 'it' } })
    }
    expect(await readdir(join(store.root, 'ingest'))).toEqual([])
    expect((await store.fsck()).blobs).toBe(0)
  })

  it('never take the memory that a packing asks for', async () => {
    const store = await newStore()
    // A frame of one segment that claims 2 GB, and one whose window is 3.75 TB.
    const claims = [
      Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0, 0, 0, 0x80, 1, 0, 0]),
      Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xff, 1, 0, 0]),
    ]
    for (const claim of claims)
      await expect(arrive(store, claim)).rejects.toMatchObject({ code: 'archive_unsupported' })
    // 2 GB of zeros in a few kB, in blocks of one repeated byte.
    const blocks = 16_384
    const bomb = Buffer.alloc(6 + blocks * 4)
    Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38]).copy(bomb)
    for (let at = 0; at < blocks; at++)
      bomb.writeUInt32LE(((131_072 << 3) | 2 | (at === blocks - 1 ? 1 : 0)) >>> 0, 6 + at * 4)
    const before = process.memoryUsage().rss
    const layer = await arrive(store, bomb, {}, 1 << 20)
    expect(layer.size).toBe(blocks * 131_072)
    expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000)
  })

  it('arrive at the same time, twice', async () => {
    const store = await newStore()
    const tar = await tarOf(entries())
    const layers = await Promise.all([tar, gzipSync(tar), tar].map((bytes) => arrive(store, bytes)))
    expect(new Set(layers.map(({ diffId }) => diffId)).size).toBe(1)
    const forms = store.layers.get(digestOf(tar))?.forms.map(({ compression }) => compression)
    expect(forms?.sort()).toEqual(['gzip', 'none'])
    expect((await store.fsck()).problems).toEqual([])
  })
})

describe('layers that are kept', () => {
  const textOf = async (store: Awaited<ReturnType<typeof newStore>>, bytes: Buffer) => {
    const { diffId } = await arrive(store, bytes)
    const index = await store.layers.index(diffId)
    const entry = (path: string) => index.content(index.find(path))?.entry as LayerEntry
    return { diffId, entry }
  }

  it.each([
    ['plain', (tar: Buffer) => tar],
    ['gzip', (tar: Buffer) => gzipSync(tar)],
    ['zstd', (tar: Buffer) => zstd(tar)],
  ] as const)('give the content of a file, %s', async (_, pack) => {
    const store = await newStore()
    const sparse = source('sparse', {
      content: 'AAABBB',
      size: 1_000_000,
      sparse: [
        { offset: 10, length: 3 },
        { offset: 500_000, length: 3 },
      ],
    })
    const { diffId, entry } = await textOf(store, pack(await tarOf([...entries(), sparse])))
    const read = async (path: string, range = {}) =>
      collect(await store.layers.readFile(diffId, entry(path), range))
    expect((await read('d/text')).toString()).toBe('some text')
    expect((await read('hard')).toString()).toBe('some text')
    expect((await read('d/text', { start: 5, end: 7 })).toString()).toBe('te')
    const whole = await read('sparse')
    const wanted = Buffer.alloc(1_000_000)
    wanted.write('AAA', 10)
    wanted.write('BBB', 500_000)
    expect(whole.equals(wanted)).toBe(true)
    for (const [start, end] of [
      [0, 10],
      [11, 12],
      [12, 500_001],
      [500_002, 2_000_000],
    ] as const)
      expect((await read('sparse', { start, end })).equals(wanted.subarray(start, end))).toBe(true)
  })

  it('are packed once, and unpacked to themselves', async () => {
    const store = await newStore()
    const tar = await tarOf(entries())
    const { diffId } = await arrive(store, tar)
    const [first, second] = await Promise.all([
      store.layers.compressed(diffId),
      store.layers.compressed(diffId),
    ])
    expect(first).toEqual(second)
    expect(first).toMatchObject({ compression: 'gzip' })
    expect(await store.layers.compressed(diffId)).toEqual(first)
    const layer = store.layers.layer(diffId)
    const descriptor = await layer.descriptor()
    const packed = await collect(await layer.open())
    expect([digestOf(packed), packed.length]).toEqual([descriptor.digest, descriptor.size])
    expect((await collect(await layer.open({ start: 100 }))).equals(packed.subarray(100))).toBe(
      true,
    )
    expect((await arrive(await newStore(), packed)).diffId).toBe(diffId)
  })

  it('find their files again after the index was lost or damaged', async () => {
    const store = await newStore()
    const { diffId } = await arrive(store, gzipSync(await tarOf(entries())))
    const path = join(store.root, 'index/sha256', digestHex(diffId))
    await store.close()
    for (const damage of [() => rm(path), () => writeFile(path, 'LMX1 nonsense')]) {
      await damage()
      const again = await newStore(store.root)
      expect((await again.layers.index(diffId)).totals.entries).toBe(6)
      await again.close()
    }
  })

  it('are built from entries in one pass', async () => {
    const store = await newStore()
    const sources = entries()
    const layer = await store.layers.build(sources)
    expect(layer.diffId).toBe(digestOf(await tarOf(sources)))
    const index = await store.layers.index(layer.diffId)
    const content = index.content(index.find('hard'))?.entry as LayerEntry
    const text = await collect(await store.layers.readFile(layer.diffId, content))
    expect(text.toString()).toBe('some text')
    const fail = store.layers.build(
      (async function* () {
        yield source('a', { content: Buffer.alloc(3_000_000) })
        throw new Error('the source broke')
      })(),
    )
    await expect(fail).rejects.toThrow('the source broke')
    expect(await readdir(join(store.root, 'ingest'))).toEqual([])
  })

  it('stop being built when that is cancelled', async () => {
    const store = await newStore()
    const controller = new AbortController()
    const endless = async function* () {
      for (let at = 0; ; at++) {
        if (at === 20) controller.abort()
        yield source(`f${at}`, { content: Buffer.alloc(300_000) })
      }
    }
    await expect(
      store.layers.build(endless(), { signal: controller.signal }),
    ).rejects.toMatchObject({ code: 'cancelled' })
    expect(await readdir(join(store.root, 'ingest'))).toEqual([])
  })
})
