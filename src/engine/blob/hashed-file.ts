/** Bytes on their way to a file: small pieces are gathered, hashing runs while the disk writes. */
import { type Digest, Digester, type DigestAlgorithm } from '../oci/digest'
import { BUFFER_SIZE, giveBuffer, takeBuffer } from './buffers'
import type { LargeFile } from './large-file'

const AHEAD = 3

export interface HashedFileOptions {
  /** Its own from now on; a function is called before the first write. */
  file: LargeFile | (() => Promise<LargeFile>)
  /** Null: no digest is wanted. */
  algorithm: DigestAlgorithm | null
  /** Gathered buffers that may wait for the disk while the next one is filled; three. */
  ahead?: number
  /** Where the file ends already. */
  position?: number
}

/** What the disk throws is thrown by the next call that waits for it, and from then on. */
export class HashedFile {
  readonly #options: HashedFileOptions
  readonly #ahead: number
  readonly #digester: Digester | null
  #file: LargeFile | null = null
  #buffer: Buffer | null = null
  #filled = 0
  /** Bytes handed to the disk. */
  #handed: number
  readonly #queue: { buffer: Buffer; length: number; position: number }[] = []
  /** The write that is going on. */
  #writing: Promise<void> = Promise.resolve()
  #running: Promise<void> | null = null
  #failure: { error: unknown } | null = null

  constructor(options: HashedFileOptions) {
    this.#options = options
    this.#ahead = options.ahead ?? AHEAD
    this.#handed = options.position ?? 0
    if (typeof options.file !== 'function') this.#file = options.file
    this.#digester = options.algorithm === null ? null : new Digester(options.algorithm)
  }

  /** Bytes of the file, with those that are still here. */
  get size(): number {
    return this.#handed + this.#filled
  }

  /** Copies the bytes of any number. They may be used again when the promise is fulfilled. */
  async write(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length; at += BUFFER_SIZE) {
      if (!this.push(chunk.subarray(at, at + BUFFER_SIZE))) await this.room()
    }
  }

  /** Copies the bytes, 1 MiB at most. False: wait for `room` before the next ones. */
  push(chunk: Uint8Array): boolean {
    let at = 0
    while (at < chunk.length) {
      this.#buffer ??= takeBuffer()
      // Up to the next MiB of the file: what begins there can go past the page cache.
      const room = BUFFER_SIZE - (this.#handed % BUFFER_SIZE)
      const part = Math.min(chunk.length - at, room - this.#filled)
      this.#buffer.set(chunk.subarray(at, at + part), this.#filled)
      this.#filled += part
      at += part
      if (this.#filled === room) this.#hand()
    }
    return this.#queue.length <= this.#ahead && this.#failure === null
  }

  /** Until another buffer may be filled. */
  async room(): Promise<void> {
    while (this.#queue.length > this.#ahead && this.#failure === null) await this.#writing
    if (this.#failure) throw this.#failure.error
  }

  /** Until everything is in the file. */
  async flush(): Promise<void> {
    if (this.#filled > 0) this.#hand()
    await this.#running
    if (this.#failure) throw this.#failure.error
  }

  /** Until everything is on the disk. */
  async sync(): Promise<void> {
    await this.flush()
    await (await this.#opened()).sync()
  }

  /** Of all bytes that were written here; once, at the end. */
  digest(): Digest | null {
    return this.#digester?.digest() ?? null
  }

  /** Lets go of the file; what is still gathered is dropped, and nothing more is taken. */
  async close(): Promise<void> {
    this.#failure ??= { error: new Error('the file is closed') }
    await this.#running
    if (this.#buffer) giveBuffer(this.#buffer)
    this.#buffer = null
    this.#filled = 0
    await this.#file?.close()
    this.#file = null
  }

  #hand(): void {
    const buffer = this.#buffer as Buffer
    const length = this.#filled
    this.#queue.push({ buffer, length, position: this.#handed })
    this.#buffer = null
    this.#filled = 0
    this.#handed += length
    this.#running ??= this.#run().finally(() => (this.#running = null))
    this.#digester?.update(buffer.subarray(0, length))
  }

  /** Writes what waits, one after another; after a failure the rest is dropped. */
  async #run(): Promise<void> {
    for (let next = this.#queue[0]; next; next = this.#queue[0]) {
      const { buffer, length, position } = next
      if (this.#failure === null) {
        this.#writing = this.#write(buffer.subarray(0, length), position)
        await this.#writing
      }
      this.#queue.shift()
      giveBuffer(buffer)
    }
  }

  /** Never fails: `#failure` is met by who waits next. */
  async #write(data: Buffer, position: number): Promise<void> {
    try {
      await (await this.#opened()).write(data, position)
    } catch (error) {
      this.#failure ??= { error }
    }
  }

  async #opened(): Promise<LargeFile> {
    const { file } = this.#options
    return (this.#file ??= typeof file === 'function' ? await file() : file)
  }
}
