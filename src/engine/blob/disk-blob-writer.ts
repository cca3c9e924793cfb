/** One blob on its way to the disk: small writes are gathered, hashing runs while the disk writes. */
import { open, rm, stat, type FileHandle } from 'node:fs/promises'
import { LaminaError } from '@shared/errors'
import { digestAlgorithm, Digester, type Digest } from '../oci/digest'
import type { BlobInfo, BlobWriter, WriteOptions } from './blob-store'
import { BUFFER_SIZE, giveBuffer, takeBuffer } from './buffers'
import { diskError, isMissing, publish, writeFully } from './disk'

/** From this size on a chunk is written as it is instead of being gathered. */
const DIRECT = 512 * 1024
/** The disk is told to begin after this many bytes, so that the last sync has little left to do. */
const SYNC_EVERY = 64 * 1024 * 1024
/** Gathered buffers that may wait for the disk while the next ones come. */
const MAX_WAITING = 3

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
  readonly #digester: Digester
  readonly #handle: FileHandle
  #buffer: Buffer | null = null
  #filled = 0
  /** Bytes handed to the disk. */
  #written = 0
  /** Writes that have not ended, in their order. */
  #waiting: Promise<void>[] = []
  #syncing: Promise<void> | null = null
  #unsynced = 0
  #state: 'open' | 'committed' | 'cancelled' = 'open'

  static async create(place: BlobWriterPlace, options: WriteOptions): Promise<DiskBlobWriter> {
    try {
      return new DiskBlobWriter(place, options, await open(place.temporary, 'wx', 0o600))
    } catch (error) {
      throw diskError(error, place.root)
    }
  }

  private constructor(place: BlobWriterPlace, options: WriteOptions, handle: FileHandle) {
    this.#place = place
    this.#options = options
    this.#handle = handle
    const expected = options.expected?.digest
    this.#digester = new Digester(expected ? digestAlgorithm(expected) : 'sha256')
  }

  get size(): number {
    return this.#written + this.#filled
  }

  async write(chunk: Uint8Array): Promise<void> {
    if (this.#state !== 'open') throw new Error('write to a blob that is closed')
    const limit = this.#options.expected?.size
    if (limit !== undefined && this.size + chunk.length > limit) {
      throw await this.#fail(new LaminaError('digest_mismatch', {}, { cause: 'more bytes came' }))
    }
    try {
      if (this.#filled === 0 && chunk.length >= DIRECT) await this.#flush(chunk)
      else await this.#gather(chunk)
    } catch (error) {
      throw await this.#fail(error)
    }
  }

  async commit(): Promise<BlobInfo> {
    if (this.#state !== 'open') throw new Error('commit of a blob that is closed')
    try {
      if (this.#buffer && this.#filled > 0) {
        const rest = this.#buffer.subarray(0, this.#filled)
        this.#filled = 0
        await this.#flush(rest)
      }
      await Promise.all(this.#waiting)
      const info = { digest: this.#digester.digest(), size: this.#written }
      this.#check(info)
      this.#options.lease?.add(info.digest)
      if (await this.#exists(info)) {
        await this.cancel()
        this.#state = 'committed'
        return info
      }
      await this.#syncing
      await this.#handle.sync()
      await this.#handle.close()
      await publish(this.#place.temporary, this.#place.path(info.digest))
      this.#release()
      this.#state = 'committed'
      return info
    } catch (error) {
      throw await this.#fail(error)
    }
  }

  async cancel(): Promise<void> {
    if (this.#state !== 'open') return
    this.#state = 'cancelled'
    await Promise.allSettled([...this.#waiting, this.#syncing])
    await this.#handle.close().catch(() => undefined)
    await rm(this.#place.temporary, { force: true })
    this.#release()
  }

  /** Copies into the buffer, and hands it to the disk when it is full. */
  async #gather(chunk: Uint8Array): Promise<void> {
    let at = 0
    while (at < chunk.length) {
      this.#buffer ??= takeBuffer()
      const part = Math.min(chunk.length - at, BUFFER_SIZE - this.#filled)
      this.#buffer.set(chunk.subarray(at, at + part), this.#filled)
      this.#filled += part
      at += part
      if (this.#filled < BUFFER_SIZE) return
      const full = this.#buffer
      this.#buffer = null
      this.#filled = 0
      const written = this.#flush(full)
      written.then(
        () => giveBuffer(full),
        () => undefined,
      )
      if (this.#waiting.length >= MAX_WAITING) await this.#waiting[0]
    }
  }

  /** Hands bytes to the disk, after those before them, and hashes them meanwhile. */
  #flush(data: Uint8Array): Promise<void> {
    const written = this.#write(data, this.#written, this.#waiting.at(-1))
    this.#written += data.length
    this.#waiting.push(written)
    // A failure stays, for the next who waits to meet it; until then it must not count as unhandled.
    written.then(
      () => this.#waiting.shift(),
      () => undefined,
    )
    this.#digester.update(data)
    return written
  }

  async #write(data: Uint8Array, position: number, before: Promise<void> | undefined) {
    await before
    await writeFully(this.#handle, data, position)
    this.#unsynced += data.length
    if (this.#unsynced >= SYNC_EVERY && !this.#syncing) {
      this.#unsynced = 0
      this.#syncing = this.#handle.datasync().finally(() => (this.#syncing = null))
      this.#syncing.catch(() => undefined)
    }
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

  #release(): void {
    if (this.#buffer) giveBuffer(this.#buffer)
    this.#buffer = null
    this.#filled = 0
  }
}
