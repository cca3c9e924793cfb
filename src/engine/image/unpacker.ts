/** Packed bytes to the tar in them, as they are pushed. */
import { once } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createGunzip, type Gunzip } from 'node:zlib'
import { LaminaError } from '@shared/errors'
import { freeNow } from '../blob/buffers'
import { type Compression, sniffCompression, sniffForeignPacking } from '../oci/media-types'
import { ZstdStream } from './zstd'

/** Bytes that tell a packing. */
export const HEAD = 4
/** Node's default of 16 KiB is half as fast. */
export const GUNZIP_CHUNK = 256 * 1024
/** Blocks that are decoded before other work gets its turn (4 MiB at most). */
const BLOCKS_A_TURN = 32

export interface Unpacker {
  /** The chunk may be used again when the promise is fulfilled. Throws `archive_corrupted`. */
  write(chunk: Buffer): Promise<void>
  /** Throws `archive_corrupted` when it was cut short. */
  end(): Promise<void>
  destroy(): void
}

/** How a stream is packed. Throws `archive_unsupported` for a packing that is not read here. */
export function packingOf(head: Uint8Array): Compression {
  const foreign = sniffForeignPacking(head)
  if (foreign === null) return sniffCompression(head)
  const reason = `it is compressed with ${foreign}, and only gzip and zstd are read`
  throw new LaminaError('archive_unsupported', { name: 'tar', reason })
}

/** `take` gets each piece of the tar, valid during the call; what it throws, `write` throws. */
function createUnpacker(compression: Compression, take: (tar: Buffer) => void): Unpacker {
  if (compression === 'gzip') return new GzipUnpacker(take)
  if (compression === 'zstd') return new ZstdUnpacker(take)
  return {
    write: async (chunk) => take(chunk),
    end: async () => undefined,
    destroy: () => undefined,
  }
}

/** Tells by the first bytes how what is written is packed, and unpacks it. */
export class SniffingUnpacker implements Unpacker {
  readonly #take: (tar: Buffer) => void
  /** The first bytes, until it is known. */
  #head: Buffer = Buffer.alloc(0)
  #compression: Compression | null = null
  #unpacker: Unpacker | null = null

  constructor(take: (tar: Buffer) => void) {
    this.#take = take
  }

  /** What it is packed with; `none` while that is not known. */
  get compression(): Compression {
    return this.#compression ?? 'none'
  }

  async write(chunk: Buffer): Promise<void> {
    if (this.#unpacker) return this.#unpacker.write(chunk)
    this.#head = Buffer.concat([this.#head, chunk])
    if (this.#head.length >= HEAD) await this.#begin()
  }

  async end(): Promise<void> {
    if (!this.#unpacker) await this.#begin()
    await this.#unpacker?.end()
  }

  destroy(): void {
    this.#unpacker?.destroy()
  }

  async #begin(): Promise<void> {
    const head = this.#head
    this.#head = Buffer.alloc(0)
    this.#compression = packingOf(head)
    this.#unpacker = createUnpacker(this.#compression, this.#take)
    await this.#unpacker.write(head)
  }
}

class GzipUnpacker implements Unpacker {
  readonly #gunzip: Gunzip = createGunzip({ chunkSize: GUNZIP_CHUNK })
  #failure: unknown = null
  /** Ends the write that waits, when the stream breaks. */
  #broken: () => void = () => undefined

  constructor(take: (tar: Buffer) => void) {
    this.#gunzip.on('data', (tar: Buffer) => {
      if (this.#failure !== null) return
      try {
        take(tar)
        freeNow(tar)
      } catch (error) {
        this.#failure = error
        this.#gunzip.destroy()
      }
    })
    this.#gunzip.on('error', (cause) => {
      this.#failure ??= new LaminaError(
        'archive_corrupted',
        { name: 'tar', reason: cause.message },
        { cause },
      )
    })
    this.#gunzip.on('close', () => this.#broken())
  }

  async write(chunk: Buffer): Promise<void> {
    if (this.#failure === null) {
      await new Promise<void>((resolve) => {
        this.#broken = resolve
        this.#gunzip.write(chunk, () => resolve())
      })
    }
    if (this.#failure !== null) throw this.#failure
  }

  async end(): Promise<void> {
    if (this.#failure === null) {
      this.#gunzip.end()
      // An error ends it too; it has been noted.
      await once(this.#gunzip, 'close').catch(() => undefined)
    }
    if (this.#failure !== null) throw this.#failure
  }

  destroy(): void {
    this.#gunzip.destroy()
  }
}

class ZstdUnpacker implements Unpacker {
  readonly #stream: Promise<ZstdStream>

  constructor(take: (tar: Buffer) => void) {
    this.#stream = ZstdStream.create(take)
  }

  async write(chunk: Buffer): Promise<void> {
    let blocks = 0
    const steps = (await this.#stream).push(chunk)
    while (!steps.next().done) if (++blocks % BLOCKS_A_TURN === 0) await nextTurn()
  }

  async end(): Promise<void> {
    const stream = await this.#stream
    stream.end()
  }

  destroy(): void {
    // It holds nothing but memory.
  }
}
