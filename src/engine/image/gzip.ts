/**
 * Packs a layer for its first push, on several threads: each block becomes a gzip member of its own
 * (RFC 1952, 2.2: members one after the other are one file), so that nothing waits for what came
 * before. The same tar always gives the same bytes.
 */
import { availableParallelism } from 'node:os'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { ByteStream } from '../blob/blob-store'

const BLOCK = 512 * 1024
/** Between speed and size: a push waits for it. */
const LEVEL = 4
/** What hardly shrinks is stored as it is: trying costs far more than it saves. */
const STORED = 0
const SAMPLES = 8
const SAMPLE = 4096
const NOISE = 7.95

const pack = promisify(gzip)

/** The stream as gzip. A source that is left early is closed. */
export async function* gzipped(stream: ByteStream): ByteStream {
  const waiting: Promise<Buffer>[] = []
  const threads = Math.min(4, availableParallelism()) * 2
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

/**
 * Whether bytes are used unevenly enough, in samples from all over the block, for packing to be worth
 * its time. (Shannon's entropy; noise and what is packed already have 7.99 bits a byte here.)
 */
function shrinks(block: Buffer): boolean {
  if (block.length < SAMPLES * SAMPLE) return true
  const counts = new Uint32Array(256)
  const step = Math.floor((block.length - SAMPLE) / (SAMPLES - 1))
  for (let sample = 0; sample < SAMPLES; sample++) {
    const end = sample * step + SAMPLE
    for (let at = sample * step; at < end; at++) {
      const byte = block[at] as number
      counts[byte] = (counts[byte] as number) + 1
    }
  }
  let bits = 0
  for (const count of counts) {
    if (count > 0) bits -= (count / (SAMPLES * SAMPLE)) * Math.log2(count / (SAMPLES * SAMPLE))
  }
  return bits < NOISE
}
