/** An image archive on the disk: its documents in memory, everything else read where it lies. */
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { LaminaError } from '@shared/errors'
import { diskError, isMissing } from '../blob/disk'
import type { ByteStream } from '../blob/blob-store'
import { packingOf } from '../image/unpacker'
import { unpacked } from '../image/unpack'
import { corrupted } from '../layer/tar-fields'
import { MAX_DOCUMENT } from '../oci/json'
import { tarFiles } from './tar-files'

/** All documents together. */
const MAX_DOCUMENTS = 64 * 1024 * 1024
const CHUNK = 1024 * 1024

export class ArchiveFile {
  readonly documents = new Map<string, Buffer>()
  /** Where the contents lie in the tar, by path. */
  private readonly files = new Map<string, { offset: number; size: number }>()
  private readonly links = new Map<string, string>()

  private constructor(
    readonly path: string,
    /** Whether the tar itself is packed: then reading goes from its beginning. */
    private readonly packed: boolean,
  ) {}

  /** Reads through it once. Errors: `not_found`, `archive_corrupted`, those of the disk. */
  static async open(path: string, signal?: AbortSignal): Promise<ArchiveFile> {
    const archive = new ArchiveFile(path, await isPacked(path))
    let documents = 0
    for await (const { entry, body } of tarFiles(archive.stream(signal))) {
      if (entry.type === 'symlink') archive.links.set(entry.path, join(entry.path, entry.linkname))
      if (entry.type === 'hardlink') archive.links.set(entry.path, entry.linkname)
      if (entry.type !== 'file') continue
      archive.files.set(entry.path, { offset: entry.offset, size: entry.size })
      if (entry.size > MAX_DOCUMENT || !/\.json$|^blobs\/|oci-layout$/.test(entry.path)) continue
      const bytes = await startingWithBrace(body, entry.size)
      if (!bytes) continue
      documents += bytes.length
      if (documents > MAX_DOCUMENTS) throw corrupted('its documents are too large')
      archive.documents.set(entry.path, bytes)
    }
    return archive
  }

  /** The whole tar, without its packing. */
  async *stream(signal?: AbortSignal): ByteStream {
    const file = createReadStream(this.path, { highWaterMark: CHUNK, ...(signal && { signal }) })
    try {
      yield* this.packed ? unpacked(file) : file
    } catch (cause) {
      if (signal?.aborted) throw new LaminaError('cancelled', {}, { cause })
      throw diskError(cause, this.path)
    }
  }

  /** The path that is meant, links followed; null: there is no such file. */
  resolve(path: string): string | null {
    let at = path.replace(/^\.?\/+/, '')
    for (let hops = 0; hops < 8; hops++) {
      if (this.files.has(at)) return at
      const next = this.links.get(at)
      if (next === undefined) return null
      at = next
    }
    return null
  }

  /** Bytes of a file. */
  size(path: string): number | null {
    return this.files.get(path)?.size ?? null
  }

  /** A file's content from `start` on. Throws `archive_corrupted` where it is not there. */
  async *read(path: string, start = 0, signal?: AbortSignal): ByteStream {
    const file = this.files.get(path)
    if (!file) throw corrupted(`${path} is missing`)
    if (start >= file.size) return
    if (!this.packed) {
      const range = { start: file.offset + start, end: file.offset + file.size - 1 }
      const options = { ...range, highWaterMark: CHUNK, ...(signal && { signal }) }
      yield* createReadStream(this.path, options) as AsyncIterable<Buffer>
      return
    }
    for await (const { entry, body } of tarFiles(this.stream(signal))) {
      if (entry.path !== path) continue
      let skip = start
      for await (const chunk of body) {
        if (skip < chunk.length) yield chunk.subarray(skip)
        skip = Math.max(0, skip - chunk.length)
      }
      return
    }
  }
}

async function isPacked(path: string): Promise<boolean> {
  try {
    const file = await open(path)
    try {
      const head = Buffer.alloc(4)
      await file.read(head, 0, 4, 0)
      return packingOf(head) !== 'none'
    } finally {
      await file.close()
    }
  } catch (error) {
    if (isMissing(error)) throw new LaminaError('not_found', { name: path }, { cause: error })
    throw diskError(error, path)
  }
}

/** A file as a whole if it is JSON by its first byte; its rest is passed over otherwise. */
async function startingWithBrace(body: ByteStream, size: number): Promise<Buffer | null> {
  const bytes = Buffer.alloc(size)
  let at = 0
  for await (const chunk of body) {
    if (at === 0 && chunk[0] !== 0x7b && chunk[0] !== 0x5b) return null
    at += chunk.copy(bytes, at)
  }
  return at === size ? bytes : null
}

/** Where a relative link leads. */
function join(path: string, target: string): string {
  const parts = target.startsWith('/') ? [] : path.split('/').slice(0, -1)
  for (const part of target.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return parts.join('/')
}
