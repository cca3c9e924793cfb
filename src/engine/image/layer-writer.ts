/** Bytes of one layer on their way into the store: written as they come, read and hashed as a tar. */
import { LaminaError } from '@shared/errors'
import type { BlobInfo, BlobWriter } from '../blob/blob-store'
import { type Digest, type DigestAlgorithm, digestAlgorithm } from '../oci/digest'
import { TarReading, type ReadTar } from './tar-reading'
import type { LayerWriter, StoredLayer } from './types'

export interface WrittenLayer extends ReadTar {
  blob: BlobInfo
  diffId: Digest
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
  readonly #reading: TarReading

  constructor(
    blob: BlobWriter,
    options: LayerWriterOptions,
    keep: (written: WrittenLayer) => Promise<StoredLayer>,
  ) {
    this.#blob = blob
    this.#options = options
    this.#keep = keep
    const algorithm = options.diffId ? digestAlgorithm(options.diffId) : 'sha256'
    this.#reading = new TarReading({ algorithm, hashed: options.algorithm })
  }

  get size(): number {
    return this.#blob.size
  }

  async write(chunk: Uint8Array): Promise<void> {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
    // Both must have ended before the chunk may be used again, whatever one of them says.
    const results = await Promise.allSettled([this.#blob.write(bytes), this.#reading.write(bytes)])
    const failed = results.find((result) => result.status === 'rejected')
    if (failed) throw this.#named(failed.reason)
  }

  async commit(): Promise<StoredLayer> {
    try {
      const read = await this.#reading.end()
      if (read.size === 0) throw corrupted('it is empty')
      if (read.diffId !== null) this.#expect(read.diffId)
      const blob = await this.#blob.commit()
      const diffId = read.diffId ?? blob.digest
      this.#expect(diffId)
      return await this.#keep({ ...read, diffId, blob })
    } catch (error) {
      throw this.#named(error)
    } finally {
      await this.cancel()
    }
  }

  async cancel(): Promise<void> {
    this.#reading.destroy()
    await this.#blob.cancel()
    this.#options.ended()
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
