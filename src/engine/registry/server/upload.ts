/**
 * One upload that is under way. Its bytes are gathered in memory up to 1 MiB, then written to a file
 * and hashed at the same time. What a PATCH has acknowledged is in the file, so that an upload goes
 * on after a crash; a blob that comes whole and is small never has a file.
 */
import { open, rm, type FileHandle } from 'node:fs/promises'
import { freeNow } from '../../blob/buffers'
import { diskError, writeFully } from '../../blob/disk'
import { Digester, type Digest, type DigestAlgorithm } from '../../oci/digest'
import { digestOfFile } from './digest-of-file'

/** Bytes that are written at once, and that a small blob may have. */
const BATCH = 1024 * 1024
/** Chunks that are written at once, however small they are. */
const MAX_CHUNKS = 512
/** The disk is told to begin after this many bytes, so that the last sync has little left to do. */
const SYNC_EVERY = 32 * 1024 * 1024

export class Upload {
  /** When it last took bytes, ms. */
  touched = Date.now()
  /** Ended: committed or cancelled. */
  over = false
  #handle: FileHandle | null = null
  /** Null once bytes are there that it has not seen: those of an earlier process. */
  #digester: Digester | null
  #batch: Buffer[] = []
  #batched = 0
  #written: number
  #writing: Promise<void> | null = null
  #syncing: Promise<void> | null = null
  #unsynced = 0
  #failure: unknown = null

  /** @param stored bytes that an earlier process left in the file */
  constructor(
    readonly id: string,
    readonly repository: string,
    readonly path: string,
    readonly algorithm: DigestAlgorithm,
    /** Called before the file is made. */
    private readonly announce: () => Promise<void>,
    stored = 0,
  ) {
    this.#written = stored
    this.#digester = stored > 0 ? null : new Digester(algorithm)
  }

  /** Bytes taken. */
  get size(): number {
    return this.#written + this.#batched
  }

  /** All of it, as long as nothing of it has been written. */
  get whole(): Buffer | null {
    return this.#written > 0 ? null : Buffer.concat(this.#batch, this.#batched)
  }

  /** Takes a chunk, which is the upload's from now on. False: wait for `room` before the next. */
  push(chunk: Buffer): boolean {
    this.touched = Date.now()
    this.#batch.push(chunk)
    this.#batched += chunk.length
    if (this.#batched < BATCH && this.#batch.length < MAX_CHUNKS) return true
    if (this.#writing) return false
    void this.#begin()
    return true
  }

  /** Until another batch can be gathered. Throws what the disk threw. */
  async room(): Promise<void> {
    await this.#writing
    if (this.#failure !== null) throw this.#failure
    if (this.#batched > 0) void this.#begin()
  }

  /** Until everything is in the file. */
  async flush(): Promise<void> {
    for (;;) {
      await this.#writing
      if (this.#failure !== null) throw this.#failure
      if (this.#batched === 0) return
      await this.#begin()
    }
  }

  /** Ends it: everything in the file, the file closed. Answers with the digest of its bytes. */
  async finish(algorithm: DigestAlgorithm): Promise<Digest> {
    await this.flush()
    await this.#syncing
    await this.close()
    if (this.#digester && this.algorithm === algorithm) return this.#digester.digest()
    return digestOfFile(this.path, algorithm)
  }

  /** Lets go of the file. */
  async close(): Promise<void> {
    await Promise.allSettled([this.#writing, this.#syncing])
    await this.#handle?.close()
    this.#handle = null
  }

  async remove(): Promise<void> {
    this.over = true
    this.#batch = []
    this.#batched = 0
    await this.close()
    await rm(this.path, { force: true })
  }

  /** Hands the batch to the disk. Its promise never fails: `#failure` is met by who comes next. */
  #begin(): Promise<void> {
    const batch = this.#batch
    const at = this.#written
    this.#written += this.#batched
    this.#batch = []
    this.#batched = 0
    this.#writing = this.#write(batch, at).then(
      () => void (this.#writing = null),
      (error: unknown) => {
        this.#writing = null
        this.#failure = diskError(error, this.path)
      },
    )
    return this.#writing
  }

  async #write(batch: readonly Buffer[], at: number): Promise<void> {
    if (!this.#handle) {
      await this.announce()
      this.#handle = await open(this.path, at > 0 ? 'r+' : 'w+', 0o600)
    }
    const length = this.#written - at
    const written = this.#handle.writev(batch, at)
    for (const chunk of batch) this.#digester?.update(chunk)
    const { bytesWritten } = await written
    if (bytesWritten < length) {
      const rest = Buffer.concat(batch).subarray(bytesWritten)
      await writeFully(this.#handle, rest, at + bytesWritten)
    }
    for (const chunk of batch) freeNow(chunk)
    this.#unsynced += length
    if (this.#unsynced < SYNC_EVERY || this.#syncing) return
    this.#unsynced = 0
    this.#syncing = this.#handle
      .datasync()
      .catch((error: unknown) => void (this.#failure = diskError(error, this.path)))
      .finally(() => (this.#syncing = null))
  }
}
