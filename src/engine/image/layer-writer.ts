/** Bytes of one layer on their way into the store: written as they come, read and hashed as a tar. */
import { LaminaError } from '@shared/errors'
import type { BlobInfo, BlobWriter } from '../blob/blob-store'
import { LayerIndexBuilder } from '../layer/index-builder'
import { TarScanner } from '../layer/tar-scanner'
import type { LayerIndex } from '../layer/types'
import { type Digest, type DigestAlgorithm, digestAlgorithm, Digester } from '../oci/digest'
import type { Compression } from '../oci/media-types'
import type { LayerWriter, StoredLayer } from './types'
import { SniffingUnpacker } from './unpacker'

export interface WrittenLayer {
  blob: BlobInfo
  compression: Compression
  diffId: Digest
  /** Bytes of the tar. */
  size: number
  index: LayerIndex
}

export interface LayerWriterOptions {
  /** What the tar must be. */
  diffId?: Digest
  /** Of the blob's digest: a plain tar whose diffID is of the same one is hashed once only. */
  algorithm: DigestAlgorithm
  /** What errors call it. */
  name: string
  /** Called when it has ended, in whatever way. */
  ended: () => void
}

export class StoreLayerWriter implements LayerWriter {
  readonly #blob: BlobWriter
  readonly #options: LayerWriterOptions
  readonly #keep: (written: WrittenLayer) => Promise<StoredLayer>
  readonly #builder = new LayerIndexBuilder()
  readonly #scanner = new TarScanner({ entry: (entry) => this.#builder.addTarEntry(entry) })
  readonly #algorithm: DigestAlgorithm
  readonly #digester: Digester
  readonly #unpacker = new SniffingUnpacker((tar) => this.#takeTar(tar))

  constructor(
    blob: BlobWriter,
    options: LayerWriterOptions,
    keep: (written: WrittenLayer) => Promise<StoredLayer>,
  ) {
    this.#blob = blob
    this.#options = options
    this.#keep = keep
    this.#algorithm = options.diffId ? digestAlgorithm(options.diffId) : 'sha256'
    this.#digester = new Digester(this.#algorithm)
  }

  get size(): number {
    return this.#blob.size
  }

  async write(chunk: Uint8Array): Promise<void> {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
    // Both must have ended before the chunk may be used again, whatever one of them says.
    const results = await Promise.allSettled([this.#blob.write(bytes), this.#unpacker.write(bytes)])
    const failed = results.find((result) => result.status === 'rejected')
    if (failed) throw this.#named(failed.reason)
  }

  async commit(): Promise<StoredLayer> {
    try {
      await this.#unpacker.end()
      if (this.#scanner.position === 0) throw corrupted('it is empty')
      this.#scanner.end()
      const hashed = this.#isBlobItself() ? null : this.#digester.digest()
      if (hashed !== null) this.#expect(hashed)
      const index = this.#builder.build()
      const blob = await this.#blob.commit()
      const diffId = hashed ?? blob.digest
      this.#expect(diffId)
      return await this.#keep({
        blob,
        compression: this.#unpacker.compression,
        diffId,
        size: hashed === null ? blob.size : this.#digester.size,
        index,
      })
    } catch (error) {
      throw this.#named(error)
    } finally {
      await this.cancel()
    }
  }

  async cancel(): Promise<void> {
    this.#unpacker.destroy()
    await this.#blob.cancel()
    this.#options.ended()
  }

  #takeTar(tar: Buffer): void {
    if (!this.#isBlobItself()) this.#digester.update(tar)
    this.#scanner.write(tar)
  }

  /** Whether the blob's digest is the diffID. */
  #isBlobItself(): boolean {
    return this.#unpacker.compression === 'none' && this.#options.algorithm === this.#algorithm
  }

  #expect(diffId: Digest): void {
    const expected = this.#options.diffId
    if (expected === undefined || expected === diffId) return
    throw new LaminaError('digest_mismatch', {}, { cause: `diffID ${diffId}, not ${expected}` })
  }

  #named(error: unknown): unknown {
    if (!(error instanceof LaminaError)) return error
    if (error.code !== 'archive_corrupted' && error.code !== 'archive_unsupported') return error
    const { name } = this.#options
    return new LaminaError(error.code, { ...error.params, name }, { cause: error.cause })
  }
}

function corrupted(reason: string, cause?: unknown): LaminaError {
  return new LaminaError('archive_corrupted', { name: 'tar', reason }, { cause })
}
