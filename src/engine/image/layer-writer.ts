/** Bytes of one layer on their way into the store: written as they come, read and hashed as a tar. */
import { once } from 'node:events'
import { createGunzip, type Gunzip } from 'node:zlib'
import { Decompress } from 'fzstd'
import { LaminaError } from '@shared/errors'
import type { BlobInfo, BlobWriter } from '../blob/blob-store'
import { LayerIndexBuilder } from '../layer/index-builder'
import { TarScanner } from '../layer/tar-scanner'
import type { LayerIndex } from '../layer/types'
import { type Digest, digestAlgorithm, Digester } from '../oci/digest'
import { type Compression, sniffCompression } from '../oci/media-types'
import type { LayerWriter, StoredLayer } from './types'

const GUNZIP_CHUNK = 256 * 1024

export interface WrittenLayer {
  blob: BlobInfo
  compression: Compression
  diffId: Digest
  /** Bytes of the tar. */
  size: number
  index: LayerIndex
}

/** Turns packed bytes into the tar, piece by piece. */
interface Unpacker {
  write(chunk: Buffer): Promise<void>
  end(): Promise<void>
  destroy(): void
}

export class StoreLayerWriter implements LayerWriter {
  readonly #blob: BlobWriter
  readonly #options: { diffId?: Digest; name: string }
  readonly #keep: (written: WrittenLayer) => Promise<StoredLayer>
  readonly #builder = new LayerIndexBuilder()
  readonly #scanner = new TarScanner({ entry: (entry) => this.#builder.addTarEntry(entry) })
  readonly #digester: Digester
  /** The first bytes, until it is known how they are packed. */
  #head: Buffer | null = Buffer.alloc(0)
  #compression: Compression = 'none'
  #unpacker: Unpacker | null = null

  constructor(
    blob: BlobWriter,
    options: { diffId?: Digest; name: string },
    keep: (written: WrittenLayer) => Promise<StoredLayer>,
  ) {
    this.#blob = blob
    this.#options = options
    this.#keep = keep
    this.#digester = new Digester(options.diffId ? digestAlgorithm(options.diffId) : 'sha256')
  }

  get size(): number {
    return this.#blob.size
  }

  async write(chunk: Uint8Array): Promise<void> {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
    // Both must have ended before the chunk may be used again, whatever one of them says.
    const results = await Promise.allSettled([this.#blob.write(bytes), this.#read(bytes)])
    const failed = results.find((result) => result.status === 'rejected')
    if (failed) throw this.#named(failed.reason)
  }

  async commit(): Promise<StoredLayer> {
    try {
      if (this.#head) await this.#begin(this.#head)
      await this.#unpacker?.end()
      if (this.#scanner.position === 0) throw corrupted('it is empty')
      this.#scanner.end()
      const diffId = this.#digester.digest()
      const expected = this.#options.diffId
      if (expected !== undefined && expected !== diffId)
        throw new LaminaError('digest_mismatch', {}, { cause: `diffID ${diffId}, not ${expected}` })
      const index = this.#builder.build()
      const blob = await this.#blob.commit()
      return await this.#keep({
        blob,
        compression: this.#compression,
        diffId,
        size: this.#digester.size,
        index,
      })
    } catch (error) {
      throw this.#named(error)
    } finally {
      await this.cancel()
    }
  }

  async cancel(): Promise<void> {
    this.#unpacker?.destroy()
    await this.#blob.cancel()
  }

  async #read(bytes: Buffer): Promise<void> {
    if (this.#head === null) return this.#unpack(bytes)
    const head = Buffer.concat([this.#head, bytes])
    this.#head = head
    if (head.length >= 4) await this.#begin(head)
  }

  async #begin(head: Buffer): Promise<void> {
    this.#head = null
    this.#compression = sniffCompression(head)
    const take = (tar: Buffer) => this.#takeTar(tar)
    if (this.#compression === 'gzip') this.#unpacker = new GzipUnpacker(take)
    if (this.#compression === 'zstd') this.#unpacker = new ZstdUnpacker(take)
    await this.#unpack(head)
  }

  async #unpack(bytes: Buffer): Promise<void> {
    if (this.#unpacker) await this.#unpacker.write(bytes)
    else this.#takeTar(bytes)
  }

  #takeTar(tar: Buffer): void {
    this.#digester.update(tar)
    this.#scanner.write(tar)
  }

  #named(error: unknown): unknown {
    if (!(error instanceof LaminaError) || error.code !== 'archive_corrupted') return error
    const { name } = this.#options
    return new LaminaError(error.code, { ...error.params, name }, { cause: error.cause })
  }
}

class GzipUnpacker implements Unpacker {
  readonly #gunzip: Gunzip = createGunzip({ chunkSize: GUNZIP_CHUNK })
  #failure: unknown = null

  constructor(take: (tar: Buffer) => void) {
    this.#gunzip.on('data', (tar: Buffer) => {
      try {
        take(tar)
      } catch (error) {
        this.#failure = error
        this.#gunzip.destroy()
      }
    })
    this.#gunzip.on('error', (cause) => {
      this.#failure ??= corrupted(cause.message, cause)
    })
  }

  async write(chunk: Buffer): Promise<void> {
    if (this.#failure === null)
      await new Promise<void>((resolve) => {
        const done = () => {
          this.#gunzip.off('close', done)
          resolve()
        }
        this.#gunzip.once('close', done)
        this.#gunzip.write(chunk, done)
      })
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
  readonly #decoder: Decompress

  constructor(take: (tar: Buffer) => void) {
    this.#decoder = new Decompress((tar) => {
      if (tar.length > 0) take(Buffer.from(tar.buffer, tar.byteOffset, tar.length))
    })
  }

  async write(chunk: Buffer): Promise<void> {
    this.#push(chunk, false)
  }

  async end(): Promise<void> {
    this.#push(new Uint8Array(0), true)
  }

  destroy(): void {
    // It holds nothing but memory.
  }

  #push(chunk: Uint8Array, last: boolean): void {
    try {
      this.#decoder.push(chunk, last)
    } catch (error) {
      if (error instanceof LaminaError) throw error
      throw corrupted(error instanceof Error ? error.message : String(error), error)
    }
  }
}

function corrupted(reason: string, cause?: unknown): LaminaError {
  return new LaminaError('archive_corrupted', { name: 'tar', reason }, { cause })
}
