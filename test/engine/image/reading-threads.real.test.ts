/** Layers that are read on threads, by the built thread, beside the same ones read here. */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  DirectReading,
  type BeginReading,
  type ReadTar,
  type TarReading,
} from '../../../src/engine/image/reading/tar-reading'
import { readOnThreads } from '../../../src/engine/image/reading/threads'
import { digestOf } from '../../../src/engine/oci/digest'
import { PROJECT } from '../../support/project'
import { tempDir } from '../../support/temp'
import { directory, hardlink, source, symlink, tarOf } from '../layer/tars'
import { zstd } from './stores'

const ENTRY = join(PROJECT, 'out/main/layer-thread.cjs')
if (!existsSync(ENTRY)) throw new Error(`${ENTRY} is missing: run \`npm run build\` first`)

const onThreads = readOnThreads(ENTRY)
const here: BeginReading = (options) => new DirectReading(options)

async function read(begin: BeginReading, bytes: Buffer, step = 100_000): Promise<ReadTar> {
  const reading = begin({ algorithm: 'sha256', hashed: 'sha256' }, bytes.length)
  try {
    await feed(reading, bytes, step)
    return await reading.end()
  } finally {
    reading.destroy()
  }
}

/** In chunks whose memory is used again, as a socket's and a file's are. */
async function feed(reading: TarReading, bytes: Buffer, step: number): Promise<void> {
  const chunk = Buffer.alloc(step)
  for (let at = 0; at < bytes.length; at += step) {
    const length = bytes.copy(chunk, 0, at)
    await reading.write(chunk.subarray(0, length))
  }
}

/** Larger than what is read here in any case, packed as well. */
function tarOfMany(): Promise<Buffer> {
  const files = Array.from({ length: 400 }, (_, at) =>
    source(`d/file-${at}`, { content: randomBytes(8000) }),
  )
  return tarOf([
    directory('d'),
    ...files,
    symlink('link', 'd/file-1'),
    hardlink('hard', 'd/file-2'),
  ])
}

let tar: Buffer
let scratch: Awaited<ReturnType<typeof tempDir>>
beforeAll(async () => {
  tar = await tarOfMany()
  scratch = await tempDir('lamt')
})
afterAll(() => scratch.remove())

describe('a layer that a thread reads', () => {
  const packings = [
    ['gzip', (bytes: Buffer) => gzipSync(bytes)],
    ['zstd', (bytes: Buffer) => zstd(bytes)],
  ] as const

  it.each(packings)('is the one that is read here: %s', async (_, pack) => {
    const packed = pack(tar)
    // Several at a time, more than there are threads.
    const steps = [1000, 65_536, 300_001, 2_000_000, 65_537]
    const readings = await Promise.all(steps.map((step) => read(onThreads, packed, step)))
    const expected = await read(here, packed)
    expect(expected.diffId).toBe(digestOf(tar))
    for (const { index, ...rest } of readings) {
      const { index: other, ...others } = expected
      expect(rest).toEqual(others)
      expect(index.serialize().equals(other.serialize())).toBe(true)
    }
  })

  it('tells how far it is', async () => {
    const positions: number[] = []
    const packed = gzipSync(tar)
    const progress = (position: number) => void positions.push(position)
    const reading = onThreads({ algorithm: null, progress }, packed.length)
    await feed(reading, packed, 65_536)
    const { diffId, size } = await reading.end()
    expect(diffId).toBeNull()
    expect(size).toBe(tar.length)
    expect(positions.length).toBeGreaterThan(10)
    expect(positions).toEqual([...positions].sort((a, b) => a - b))
    expect(positions.at(-1)).toBeLessThanOrEqual(tar.length)
  })

  it.each([
    ['is cut short', (packed: Buffer) => packed.subarray(0, packed.length - 9)],
    ['is damaged', (packed: Buffer) => Buffer.from(packed).fill(0xff, 1_500_000, 1_600_000)],
    ['is no tar', () => gzipSync(randomBytes(2_000_000))],
  ])('that %s ends in the error that it ends in here', async (_, spoil) => {
    const bytes = spoil(gzipSync(tar))
    const failure = await read(here, bytes).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'archive_corrupted' })
    const { code, params } = failure as { code: string; params: object }
    await expect(read(onThreads, bytes)).rejects.toMatchObject({ code, params })
    // The thread goes on.
    expect((await read(onThreads, gzipSync(tar))).diffId).toBe(digestOf(tar))
  })

  it('may be left at any time', async () => {
    const packed = gzipSync(tar)
    for (const size of [10_000, 1_000_000, packed.length]) {
      const reading = onThreads({ algorithm: 'sha256' }, packed.length)
      await feed(reading, packed.subarray(0, size), 65_536)
      reading.destroy()
      await expect(feed(reading, packed, 65_536)).rejects.toThrow()
    }
    expect((await read(onThreads, packed)).diffId).toBe(digestOf(tar))
  })

  it('fails when its thread ends, and the next one gets another thread', async () => {
    const entry = join(scratch.path, 'thread.cjs')
    await writeFile(
      entry,
      "require('node:worker_threads').parentPort.once('message', () => process.exit(1))",
    )
    const begin = readOnThreads(entry)
    const packed = gzipSync(tar)
    await expect(read(begin, packed)).rejects.toMatchObject({ code: 'internal' })
    await writeFile(entry, `require(${JSON.stringify(ENTRY)})`)
    expect((await read(begin, packed)).diffId).toBe(digestOf(tar))
  })

  it('is not read by one where it is small or plain', async () => {
    const begin = readOnThreads(join(scratch.path, 'missing.cjs'))
    await expect(read(begin, gzipSync(tar))).rejects.toMatchObject({ code: 'internal' })
    const plain = await read(begin, tar)
    expect(plain).toMatchObject({ compression: 'none', diffId: null, size: tar.length })
    const small = await tarOf([source('a', { content: 'b' })])
    expect(await read(begin, gzipSync(small))).toMatchObject({ diffId: digestOf(small) })
  })
})
