/** A file that is written from its beginning on, the rest of a large one past the page cache. */
import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { ALIGNMENT, isAligned } from './buffers'
import { errno, writeFully } from './disk'

/**
 * Bytes of a file that the page cache may keep: small layers are read again soon. What follows goes
 * past it. It would push out what is of use, and filling it takes more time than the disk where a
 * virtual machine gets its memory page by page from a host: seen to be three to ten times as slow.
 */
const CACHED = 32 * 1024 * 1024
/** The disk is told to begin after this many bytes, so that the last sync has little left to do. */
const SYNC_EVERY = 64 * 1024 * 1024
/** Linux only. File systems that cannot (some of FUSE) refuse to open or to write. */
const DIRECT: number | undefined = constants.O_DIRECT

export class LargeFile {
  readonly #path: string
  readonly #handle: FileHandle
  /** Null: not opened yet; false: it cannot be. */
  #direct: FileHandle | null | false = DIRECT === undefined ? false : null
  #unsynced = 0
  #syncing: Promise<void> | null = null

  static async open(path: string, flags: 'wx' | 'w+' | 'r+', mode = 0o600): Promise<LargeFile> {
    return new LargeFile(path, await open(path, flags, mode))
  }

  private constructor(path: string, handle: FileHandle) {
    this.#path = path
    this.#handle = handle
  }

  /** Writes all of it, one call at a time. */
  async write(data: Uint8Array, position: number): Promise<void> {
    if (position >= CACHED && position % ALIGNMENT === 0 && isAligned(data)) {
      if (await this.#writeDirect(data, position)) return
    }
    await writeFully(this.#handle, data, position)
    this.#unsynced += data.length
    if (this.#unsynced < SYNC_EVERY || this.#syncing) return
    this.#unsynced = 0
    this.#syncing = this.#handle.datasync().finally(() => (this.#syncing = null))
    // It is told by the last sync.
    this.#syncing.catch(() => undefined)
  }

  /** Everything that was written is on the disk. */
  async sync(): Promise<void> {
    await this.#syncing
    await this.#handle.sync()
  }

  async close(): Promise<void> {
    await this.#syncing?.catch(() => undefined)
    if (this.#direct) await this.#direct.close()
    await this.#handle.close()
  }

  /** False: not here. */
  async #writeDirect(data: Uint8Array, position: number): Promise<boolean> {
    if (this.#direct === false) return false
    try {
      this.#direct ??= await open(this.#path, constants.O_WRONLY | (DIRECT ?? 0))
      const { bytesWritten } = await this.#direct.write(data, 0, data.length, position)
      // Short of it the disk is full, which the other handle says.
      return bytesWritten === data.length
    } catch (error) {
      if (errno(error) !== 'EINVAL' && errno(error) !== 'ENOTSUP') throw error
      if (this.#direct) await this.#direct.close()
      this.#direct = false
      return false
    }
  }
}
