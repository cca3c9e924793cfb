/**
 * Zstandard in pieces (RFC 8878): the frames are followed beside the decoder, so that a frame's
 * window is known before memory is taken for it, and the decoder gets one block at a time, of which
 * at most 128 KiB come out. The decoder passes over checksums: digests decide what is right.
 */
import { Decompress } from 'fzstd'
import { LaminaError } from '@shared/errors'

/** As much as `zstd -20 --ultra` asks for; the decoder takes all of it at once. */
const MAX_WINDOW = 32 * 1024 * 1024
const MAX_BLOCK = 128 * 1024
const MAGIC = 0xfd2fb528
const SKIPPABLE = 0x184d2a50
/** Bytes of the dictionary id, by the flag in the frame header. */
const DICTIONARY_BYTES = [0, 1, 2, 4]

type Awaited = 'magic' | 'header' | 'skippable' | 'block'

export class ZstdStream {
  readonly #decoder: Decompress
  /** What the gathered bytes are the beginning of, and how many of them are wanted. */
  #awaited: Awaited = 'magic'
  #wanted = 4
  #head: number[] = []
  /** Bytes to pass over before the next thing is awaited. */
  #skip = 0
  #next: Awaited = 'magic'
  #checksum = false

  /** `take` gets each piece that comes out; it may keep it. */
  constructor(take: (piece: Buffer) => void) {
    this.#decoder = new Decompress((piece) => {
      if (piece.length > 0) take(Buffer.from(piece.buffer, piece.byteOffset, piece.length))
    })
  }

  /** Decodes a chunk; it stops after each block, for the receiver to get rid of what came out. */
  *push(chunk: Buffer): Generator<void> {
    let from = 0
    for (let at = 0; at < chunk.length;) {
      if (this.#skip > 0) {
        const part = Math.min(this.#skip, chunk.length - at)
        this.#skip -= part
        at += part
        if (this.#skip > 0) break
        this.#decode(chunk.subarray(from, at))
        from = at
        this.#expect(this.#next)
        yield
      } else {
        this.#head.push(chunk[at++] as number)
        if (this.#head.length === this.#wanted) this.#read()
      }
    }
    if (from < chunk.length) this.#decode(chunk.subarray(from))
    yield
  }

  /** Throws `archive_corrupted` when the last frame is not complete. */
  end(): void {
    if (this.#awaited !== 'magic' || this.#head.length > 0 || this.#skip > 0)
      throw damaged('it ends too early')
  }

  #decode(bytes: Buffer): void {
    try {
      // The decoder keeps what it cannot use yet, and the chunk may be used again.
      this.#decoder.push(Buffer.from(bytes))
    } catch (error) {
      if (error instanceof LaminaError) throw error
      throw damaged(error instanceof Error ? error.message : String(error), error)
    }
  }

  #expect(awaited: Awaited): void {
    this.#awaited = awaited
    this.#head = []
    this.#wanted = awaited === 'block' ? 3 : 4
  }

  #passOver(count: number, next: Awaited): void {
    this.#skip = count
    this.#next = next
    if (count === 0) this.#expect(next)
  }

  #read(): void {
    if (this.#awaited === 'block') this.#readBlock()
    else if (this.#awaited === 'skippable') this.#passOver(this.#number(4, 4), 'magic')
    else this.#readFrame()
  }

  #readFrame(): void {
    if (this.#awaited === 'magic') {
      const magic = this.#number(0, 4)
      if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE) {
        this.#awaited = 'skippable'
        this.#wanted = 8
        return
      }
      if (magic !== MAGIC) throw damaged('it is not Zstandard')
      this.#awaited = 'header'
      this.#wanted = 5
      return
    }
    const flags = this.#head[4] as number
    const single = (flags & 0x20) !== 0
    const sizeFlag = flags >> 6
    const sizeBytes = sizeFlag > 0 ? 1 << sizeFlag : single ? 1 : 0
    const dictionary = DICTIONARY_BYTES[flags & 3] as number
    const length = 5 + (single ? 0 : 1) + dictionary + sizeBytes
    if (this.#head.length < length) {
      this.#wanted = length
      return
    }
    const content = this.#number(length - sizeBytes, sizeBytes) + (sizeFlag === 1 ? 256 : 0)
    const window = single ? content : windowSize(this.#head[5] as number)
    if (window > MAX_WINDOW) throw damaged(`it wants ${window} bytes of memory at once`)
    this.#checksum = (flags & 4) !== 0
    this.#expect('block')
  }

  #readBlock(): void {
    const header = this.#number(0, 3)
    const size = header >>> 3
    const type = (header >>> 1) & 3
    if (type === 3 || size > MAX_BLOCK) throw damaged('a block is wrong')
    const stored = type === 1 ? 1 : size
    const last = (header & 1) !== 0
    this.#passOver(stored + (last && this.#checksum ? 4 : 0), last ? 'magic' : 'block')
  }

  /** A little-endian number of the gathered bytes. */
  #number(at: number, length: number): number {
    let value = 0
    for (let index = at + length - 1; index >= at; index--) {
      value = value * 256 + (this.#head[index] as number)
    }
    return value
  }
}

function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3))
  return base + (base / 8) * (descriptor & 7)
}

function damaged(reason: string, cause?: unknown): LaminaError {
  return new LaminaError('archive_corrupted', { name: 'tar', reason }, { cause })
}
