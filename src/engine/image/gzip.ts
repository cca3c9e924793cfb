/**
 * Packs a layer for its first push, on several threads: each block becomes a gzip member of its own
 * (RFC 1952, 2.2: members one after the other are one file), so that nothing waits for what came
 * before. The same tar always gives the same bytes.
 */
import { availableParallelism } from 'node:os'
import { promisify } from 'node:util'
import { gzip, gzipSync } from 'node:zlib'
import type { ByteStream } from '../blob/blob-store'

const BLOCK = 2 * 1024 * 1024
/** Between speed and size: a push waits for it. */
const LEVEL = 4
/** What hardly shrinks is stored as it is: trying costs far more than it saves. */
const STORED = 0
const SAMPLE = 32 * 1024
const HARDLY = 0.97

const pack = promisify(gzip)

/** The stream as gzip. A source that is left early is closed. */
export async function* gzipped(stream: ByteStream): ByteStream {
  const waiting: Promise<Buffer>[] = []
  const threads = Math.min(4, availableParallelism()) + 1
  try {
    for await (const block of blocks(stream)) {
      const packed = packBlock(block)
      packed.catch(() => undefined)
      waiting.push(packed)
      if (waiting.length > threads) yield await (waiting.shift() as Promise<Buffer>)
    }
    while (waiting.length > 0) yield await (waiting.shift() as Promise<Buffer>)
  } finally {
    await Promise.allSettled(waiting)
  }
}

/** Whole blocks of `BLOCK` bytes, the last one shorter; at least one. */
async function* blocks(stream: ByteStream): ByteStream {
  let block = Buffer.allocUnsafeSlow(BLOCK)
  let filled = 0
  let any = false
  for await (const chunk of stream) {
    for (let at = 0; at < chunk.length;) {
      const count = chunk.copy(block, filled, at)
      filled += count
      at += count
      if (filled < BLOCK) continue
      any = true
      yield block
      block = Buffer.allocUnsafeSlow(BLOCK)
      filled = 0
    }
  }
  if (filled > 0 || !any) yield block.subarray(0, filled)
}

function packBlock(block: Buffer): Promise<Buffer> {
  const level = shrinks(block) ? LEVEL : STORED
  // Room for all of it: one turn of a thread and no more.
  return pack(block, { level, chunkSize: BLOCK + 4096 })
}

/** Looks at the block's middle and end. */
function shrinks(block: Buffer): boolean {
  if (block.length < 2 * SAMPLE) return true
  const samples = [block.length >> 1, block.length - SAMPLE]
  return samples.some((at) => {
    const sample = block.subarray(at, at + SAMPLE)
    return gzipSync(sample, { level: 1 }).length < SAMPLE * HARDLY
  })
}
