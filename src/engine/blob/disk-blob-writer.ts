/** One blob on its way to the disk: written aside, synced, then given its name. */
import { rm, stat } from 'node:fs/promises'
import { LaminaError } from '@shared/errors'
import { digestAlgorithm, type Digest } from '../oci/digest'
import type { BlobInfo, BlobWriter, WriteOptions } from './blob-store'
import { diskError, isMissing, publish } from './disk'
import { HashedFile } from './hashed-file'
import { LargeFile } from './large-file'

export interface BlobWriterPlace {
  temporary: string
  /** Where a blob of this digest lies. */
  path: (digest: Digest) => string
  /** For errors. */
  root: string
}

export class DiskBlobWriter implements BlobWriter {
  readonly #place: BlobWriterPlace
  readonly #options: WriteOptions
  readonly #file: HashedFile
  #state: 'open' | 'committed' | 'cancelled' = 'open'

  static async create(place: BlobWriterPlace, options: WriteOptions): Promise<DiskBlobWriter> {
    try {
      return new DiskBlobWriter(place, options, await LargeFile.open(place.temporary, 'wx'))
    } catch (error) {
      throw diskError(error, place.root)
    }
  }

  private constructor(place: BlobWriterPlace, options: WriteOptions, file: LargeFile) {
    this.#place = place
    this.#options = options
    const expected = options.expected?.digest
    const algorithm = expected ? digestAlgorithm(expected) : 'sha256'
    this.#file = new HashedFile({ file, algorithm })
  }

  get size(): number {
    return this.#file.size
  }

  async write(chunk: Uint8Array): Promise<void> {
    if (this.#state !== 'open') throw new Error('write to a blob that is closed')
    const limit = this.#options.expected?.size
    if (limit !== undefined && this.size + chunk.length > limit) {
      throw await this.#fail(new LaminaError('digest_mismatch', {}, { cause: 'more bytes came' }))
    }
    try {
      await this.#file.write(chunk)
    } catch (error) {
      throw await this.#fail(error)
    }
  }

  async commit(): Promise<BlobInfo> {
    if (this.#state !== 'open') throw new Error('commit of a blob that is closed')
    try {
      await this.#file.flush()
      const info = { digest: this.#file.digest() as Digest, size: this.size }
      this.#check(info)
      this.#options.lease?.add(info.digest)
      if (await this.#exists(info)) {
        await this.cancel()
        this.#state = 'committed'
        return info
      }
      await this.#file.sync()
      await this.#file.close()
      await publish(this.#place.temporary, this.#place.path(info.digest))
      this.#state = 'committed'
      return info
    } catch (error) {
      throw await this.#fail(error)
    }
  }

  async cancel(): Promise<void> {
    if (this.#state !== 'open') return
    this.#state = 'cancelled'
    await this.#file.close().catch(() => undefined)
    await rm(this.#place.temporary, { force: true })
  }

  #check(info: BlobInfo): void {
    const { digest, size } = this.#options.expected ?? {}
    if (size !== undefined && size !== info.size) {
      throw new LaminaError('digest_mismatch', {}, { cause: `${info.size} bytes, not ${size}` })
    }
    if (digest !== undefined && digest !== info.digest) {
      throw new LaminaError('digest_mismatch', {}, { cause: `${info.digest}, not ${digest}` })
    }
  }

  /** Whether the blob is there already, with its full size. */
  async #exists({ digest, size }: BlobInfo): Promise<boolean> {
    try {
      return (await stat(this.#place.path(digest))).size === size
    } catch (error) {
      if (isMissing(error)) return false
      throw error
    }
  }

  async #fail(error: unknown): Promise<unknown> {
    await this.cancel()
    return diskError(error, this.#place.root)
  }
}
