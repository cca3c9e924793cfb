/**
 * Packs a layer for its first push, on several threads: each block becomes a gzip member of its own
 * (RFC 1952, 2.2: members one after the other are one file), so that nothing waits for what came
 * before. The same tar always gives the same bytes. Every buffer is used again: memory that comes new
 * with each block makes V8 collect its garbage all the time, which costs more than the packing.
 */
import { availableParallelism } from 'node:os'
import * as zlib from 'node:zlib'
import type { ByteStream } from '../blob/blob-store'
import { crc32 } from '../layer/crc32'

const BLOCK = 512 * 1024
/** Between speed and size: a push waits for it. */
const LEVEL = 4
/** Bytes that one buffer of zlib's output takes. */
const OUTPUT = 64 * 1024
const SAMPLES = 8
const SAMPLE = 4096
const NOISE = 7.95
/** What a stored block of deflate may hold (RFC 1951, 3.2.4). */
const MAX_STORED = 0xffff
/** No time, no name, an unknown system. */
const HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255])

/**
 * The stream as gzip. Each chunk is valid until the next one is asked for. A source that is left
 * early is closed.
 */
export async function* gzipped(stream: ByteStream): ByteStream {
  const packers = Array.from(
    { length: Math.min(4, availableParallelism()) * 2 + 1 },
    () => new Packer(),
  )
  const free = [...packers]
  const busy: { packer: Packer; packed: Promise<readonly Buffer[]> }[] = []
  const begin = (packer: Packer) => {
    const packed = packer.pack()
    packed.catch(() => undefined) // met when its turn comes
    busy.push({ packer, packed })
  }
  async function* oldest(): ByteStream {
    const next = busy.shift()
    if (!next) return
    yield* await next.packed
    next.packer.clear()
    free.push(next.packer)
  }
  let any = false
  try {
    let packer = free.pop() as Packer
    for await (const chunk of stream) {
      for (let at = 0; at < chunk.length;) {
        at += packer.take(chunk, at)
        if (!packer.isFull) continue
        any = true
        begin(packer)
        if (free.length === 0) yield* oldest()
        packer = free.pop() as Packer
      }
    }
    if (!packer.isEmpty || !any) begin(packer)
    while (busy.length > 0) yield* oldest()
  } finally {
    await Promise.allSettled(busy.map(({ packed }) => packed))
    for (const packer of packers) packer.close()
  }
}

type ResettableGzip = zlib.Gzip & zlib.ZlibReset

/** Makes one member at a time, with memory of its own. */
class Packer {
  readonly #input = Buffer.allocUnsafeSlow(BLOCK)
  #filled = 0
  #gzip: ResettableGzip | null = null
  #output: Buffer[] = []

  get isFull(): boolean {
    return this.#filled === BLOCK
  }

  get isEmpty(): boolean {
    return this.#filled === 0
  }

  /** Takes what there is room for from `at` on; how many bytes. */
  take(chunk: Buffer, at: number): number {
    const count = chunk.copy(this.#input, this.#filled, at)
    this.#filled += count
    return count
  }

  /** What it took as a member; valid until it takes more. */
  async pack(): Promise<readonly Buffer[]> {
    const block = this.#input.subarray(0, this.#filled)
    return shrinks(block) ? this.#deflate(block) : stored(block)
  }

  clear(): void {
    this.#filled = 0
    this.#output = []
  }

  close(): void {
    this.#gzip?.close()
  }

  #deflate(block: Buffer): Promise<readonly Buffer[]> {
    return new Promise((resolve, reject) => {
      const gzip = (this.#gzip ??= this.#create())
      gzip.once('error', reject)
      gzip.write(block)
      // Ends the member, and not the stream: the next one needs no new state of 256 KiB.
      gzip.flush(zlib.constants.Z_FINISH, () => {
        gzip.off('error', reject)
        gzip.reset()
        resolve(this.#output)
      })
    })
  }

  #create(): ResettableGzip {
    const gzip = zlib.createGzip({ level: LEVEL, chunkSize: OUTPUT }) as ResettableGzip
    gzip.on('data', (part: Buffer) => this.#output.push(part))
    return gzip
  }
}

/** A member that holds the block as it is, around views of the block itself. */
function stored(block: Buffer): Buffer[] {
  const parts: Buffer[] = [HEADER]
  for (let at = 0; at < block.length; at += MAX_STORED) {
    const part = block.subarray(at, at + MAX_STORED)
    const head = Buffer.allocUnsafe(5)
    head[0] = at + part.length === block.length ? 1 : 0
    head.writeUInt16LE(part.length, 1)
    head.writeUInt16LE(part.length ^ 0xffff, 3)
    parts.push(head, part)
  }
  const trailer = Buffer.allocUnsafe(8)
  trailer.writeUInt32LE(crc32(block), 0)
  trailer.writeUInt32LE(block.length, 4)
  parts.push(trailer)
  return parts
}

/**
 * Whether bytes are used unevenly enough, in samples from all over the block, for packing to be worth
 * its time: trying what hardly shrinks costs far more than it saves. (Shannon's entropy; noise and
 * what is packed already have 7.99 bits a byte here.)
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
