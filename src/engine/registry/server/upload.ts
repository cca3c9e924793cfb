/**
 * One upload that is under way. Up to 1 MiB it is kept in memory, then it is written to a file and
 * hashed at the same time. What a PATCH has acknowledged is in the file, so that an upload goes on
 * after a crash; a blob that comes whole and is small never has a file.
 */
import { rm } from 'node:fs/promises'
import { freeNow } from '../../blob/buffers'
import { diskError } from '../../blob/disk'
import { HashedFile } from '../../blob/hashed-file'
import { LargeFile } from '../../blob/large-file'
import type { Digest, DigestAlgorithm } from '../../oci/digest'
import { digestOfFile } from './digest-of-file'

/** Bytes that a blob may have that is kept in memory. */
const SMALL = 1024 * 1024
/** Chunks of it, however small they are. */
const MAX_CHUNKS = 512

export class Upload {
  /** When it last took bytes, ms. */
  touched = Date.now()
  /** Ended: committed or cancelled. */
  over = false
  /** Its first bytes, until they are in the file. */
  #head: Buffer[] = []
  #headSize = 0
  #file: HashedFile | null = null

  /** @param stored bytes that an earlier process left in the file */
  constructor(
    readonly id: string,
    readonly repository: string,
    readonly path: string,
    readonly algorithm: DigestAlgorithm,
    /** Called before the file is made. */
    private readonly announce: () => Promise<void>,
    private readonly stored = 0,
  ) {}

  /** Bytes taken. */
  get size(): number {
    return (this.#file?.size ?? this.stored) + this.#headSize
  }

  /** All of it, as long as nothing of it has been written. */
  get whole(): Buffer | null {
    return this.#file || this.stored > 0 ? null : Buffer.concat(this.#head, this.#headSize)
  }

  /** Takes a chunk, which is the upload's from now on. False: wait for `room` before the next. */
  push(chunk: Buffer): boolean {
    this.touched = Date.now()
    if (this.#file) return put(this.#file, chunk)
    this.#head.push(chunk)
    this.#headSize += chunk.length
    if (this.#headSize < SMALL && this.#head.length < MAX_CHUNKS) return true
    return this.#begin()
  }

  /** Until another chunk can be taken. Throws what the disk threw. */
  async room(): Promise<void> {
    await this.#onDisk((file) => file.room())
  }

  /** Until everything is in the file. */
  async flush(): Promise<void> {
    if (this.#headSize > 0) this.#begin()
    await this.#onDisk((file) => file.flush())
  }

  /** Ends it: everything in the file, the file closed. Answers with the digest of its bytes. */
  async finish(algorithm: DigestAlgorithm): Promise<Digest> {
    await this.flush()
    const digest = algorithm === this.algorithm ? (this.#file?.digest() ?? null) : null
    await this.close()
    return digest ?? digestOfFile(this.path, algorithm)
  }

  /** Lets go of the file. */
  async close(): Promise<void> {
    await this.#file?.close()
  }

  async remove(): Promise<void> {
    this.over = true
    this.#head = []
    this.#headSize = 0
    await this.close()
    await rm(this.path, { force: true })
  }

  /** From now on it is a file; its first bytes go there. As `push`. */
  #begin(): boolean {
    const head = this.#head
    this.#head = []
    this.#headSize = 0
    const file = new HashedFile({
      file: async () => {
        await this.announce()
        return LargeFile.open(this.path, this.stored > 0 ? 'r+' : 'w+')
      },
      // Bytes are there that would not have been hashed: those of an earlier process.
      algorithm: this.stored > 0 ? null : this.algorithm,
      ahead: 1,
      position: this.stored,
    })
    this.#file = file
    return head.map((chunk) => put(file, chunk)).every(Boolean)
  }

  async #onDisk(wait: (file: HashedFile) => Promise<void>): Promise<void> {
    try {
      if (this.#file) await wait(this.#file)
    } catch (error) {
      throw diskError(error, this.path)
    }
  }
}

function put(file: HashedFile, chunk: Buffer): boolean {
  const hasRoom = file.push(chunk)
  freeNow(chunk)
  return hasRoom
}
