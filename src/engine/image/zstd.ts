/**
 * Zstandard in pieces (RFC 8878): the frames are followed beside the decoder, so that a frame's
 * window is known before memory is taken for it, and the decoder gets one block at a time, of which
 * at most 128 KiB come out. The decoder passes over lengths and checksums: they are verified here.
 */
import { Decompress } from 'fzstd'
import loadHashes, { type XXHash, type XXHashAPI } from 'xxhash-wasm'
import { LaminaError } from '@shared/errors'

const MIB = 1024 * 1024
/**
 * As much as `zstd -20 --ultra` asks for. The decoder takes all of it at once and moves all of it at
 * every block: 128 MiB (`-22`, `--long=27`) would be more memory than the engine may have (214 MB of
 * a bare process), and 100 seconds a gigabyte.
 */
const MAX_WINDOW = 32 * MIB
const MAX_BLOCK = 128 * 1024
const MAGIC = 0xfd2fb528
const SKIPPABLE = 0x184d2a50
/** Bytes of the dictionary id, by the flag in the frame header. */
const DICTIONARY_BYTES = [0, 1, 2, 4]

/** Loaded once: each has a memory of its own. */
let hashes: Promise<XXHashAPI> | null = null

type Awaited = 'magic' | 'header' | 'skippable' | 'block' | 'checksum'

/** What is known of the frame that is being read. */
interface Frame {
  /** One for each: it gives out a small frame only when it is told that nothing follows. */
  decoder: Decompress
  /** Of what came out; null: it has no checksum. */
  hash: XXHash<bigint> | null
  /** Bytes that came out, and that it says it has; null: it does not say. */
  size: number
  expected: number | null
}

export class ZstdStream {
  /** What the gathered bytes are the beginning of, and how many of them are wanted. */
  #awaited: Awaited = 'magic'
  #wanted = 4
  #head: number[] = []
  /** Bytes left of a block, or of a skippable frame. */
  #left = 0
  #isLast = false
  #frame: Frame | null = null

  private constructor(
    private readonly hashes: XXHashAPI,
    private readonly take: (piece: Buffer) => void,
  ) {}

  /** `take` gets each piece that comes out; it may keep it. */
  static async create(take: (piece: Buffer) => void): Promise<ZstdStream> {
    hashes ??= loadHashes()
    return new ZstdStream(await hashes, take)
  }

  /** Decodes a chunk; it stops after each block, for the receiver to get rid of what came out. */
  *push(chunk: Buffer): Generator<void> {
    for (let at = 0; at < chunk.length;) {
      if (this.#left > 0) {
        const part = chunk.subarray(at, at + this.#left)
        if (this.#awaited === 'block') this.#decode(part)
        at += part.length
        this.#left -= part.length
        if (this.#left === 0) this.#endPart()
        yield
      } else {
        this.#head.push(chunk[at++] as number)
        if (this.#head.length === this.#wanted) this.#read()
      }
    }
    yield
  }

  /** Throws `archive_corrupted` when the last frame is not complete. */
  end(): void {
    if (this.#awaited !== 'magic' || this.#head.length > 0) throw damaged('it ends too early')
  }

  #decode(bytes: Uint8Array, final = false): void {
    try {
      // The decoder keeps what it cannot use yet, and the chunk may be used again.
      this.#frame?.decoder.push(Buffer.from(bytes), final)
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

  #read(): void {
    if (this.#awaited === 'block') this.#readBlock()
    else if (this.#awaited === 'magic') this.#readMagic()
    else if (this.#awaited === 'header') this.#readHeader()
    else if (this.#awaited === 'checksum') this.#endFrame()
    else {
      this.#left = this.#number(4, 4)
      if (this.#left === 0) this.#endPart()
    }
  }

  #readMagic(): void {
    const magic = this.#number(0, 4)
    const skippable = (magic & 0xfffffff0) >>> 0 === SKIPPABLE
    if (!skippable && magic !== MAGIC) throw damaged('it is not Zstandard')
    this.#awaited = skippable ? 'skippable' : 'header'
    this.#wanted = skippable ? 8 : 5
  }

  #readHeader(): void {
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
    if (window > MAX_WINDOW) throw tooWide(window)
    const frame: Frame = {
      decoder: new Decompress((piece) => this.#took(frame, piece)),
      hash: flags & 4 ? this.hashes.create64() : null,
      size: 0,
      expected: sizeBytes > 0 ? content : null,
    }
    this.#frame = frame
    this.#decode(Buffer.from(this.#head))
    this.#expect('block')
  }

  #took(frame: Frame, piece: Uint8Array): void {
    if (piece.length === 0) return
    frame.size += piece.length
    frame.hash?.update(piece)
    this.take(Buffer.from(piece.buffer, piece.byteOffset, piece.length))
  }

  #readBlock(): void {
    const header = this.#number(0, 3)
    const size = header >>> 3
    const type = (header >>> 1) & 3
    if (type === 3 || size > MAX_BLOCK) throw damaged('a block is wrong')
    this.#isLast = (header & 1) !== 0
    this.#decode(Buffer.from(this.#head))
    this.#left = type === 1 ? 1 : size
    if (this.#left === 0) this.#endPart()
  }

  /** A block or a skippable frame is over. */
  #endPart(): void {
    if (this.#awaited === 'skippable') this.#expect('magic')
    else if (!this.#isLast) this.#expect('block')
    else if (this.#frame?.hash) this.#expect('checksum')
    else this.#endFrame()
  }

  #endFrame(): void {
    const { hash, size, expected } = this.#flush()
    if (expected !== null && size !== expected) throw damaged('a frame has a wrong length')
    // The lower half of XXH64.
    if (hash && Number(hash.digest() & 0xffffffffn) !== this.#number(0, 4)) {
      throw damaged('a frame has a wrong checksum')
    }
    this.#frame = null
    this.#expect('magic')
  }

  /** Lets the decoder give out everything; `#head` is the checksum where there is one. */
  #flush(): Frame {
    const frame = this.#frame as Frame
    this.#decode(frame.hash ? Buffer.from(this.#head) : Buffer.alloc(0), true)
    return frame
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

function tooWide(window: number): LaminaError {
  const [asked, most] = [window, MAX_WINDOW].map((size) => Math.ceil(size / MIB))
  const reason = `it is packed by zstd with a window of ${asked} MiB, and ${most} MiB at most are taken (--long=25)`
  return new LaminaError('archive_unsupported', { name: 'tar', reason })
}

function damaged(reason: string, cause?: unknown): LaminaError {
  return new LaminaError('archive_corrupted', { name: 'tar', reason }, { cause })
}
