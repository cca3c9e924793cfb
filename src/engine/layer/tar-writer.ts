/** Writes a layer's tar from entries and the places of their contents, in one pass. */
import { readSync } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { LaminaError } from '@shared/errors'
import { formatHeader, padding, type OwnerNames } from './tar-format'
import type { Content, LayerEntry, LayerSource } from './types'

const CHUNK = 1024 * 1024
/** Contents up to this size are read at once: handing them to another thread takes longer. */
const READ_NOW = 32 * 1024
/** Files that stay open for the next content in them. */
const MAX_OPEN = 16

export interface PackOptions {
  /** Told of each entry with the `offset` of its content in this tar. */
  onEntry?: (entry: LayerEntry) => void
  /** Chunks are used again: one is valid until the second one after it is asked for. */
  reuse?: boolean
  /** What the owners are called. */
  owners?: OwnerNames
  signal?: AbortSignal
}

/**
 * The tar of these entries, in their order, in chunks of 1 MiB (the last one is shorter).
 * Throws `internal` when a content is not as long as its entry's `stored` says.
 */
export async function* packTar(
  entries: AsyncIterable<LayerSource> | Iterable<LayerSource>,
  options: PackOptions = {},
): AsyncGenerator<Buffer> {
  const files = new OpenFiles()
  const out = new Output(options.reuse ?? false)
  try {
    for await (const { entry, content } of entries) {
      if (options.signal?.aborted) throw new LaminaError('cancelled')
      yield* out.put(formatHeader(entry, options.owners))
      const stored = entry.type === 'file' && entry.whiteout === null ? entry.stored : 0
      options.onEntry?.({ ...entry, offset: out.position, stored })
      if (stored > 0) {
        const start = out.position
        yield* putContent(out, files, content, options.signal)
        if (out.position - start !== stored) {
          throw new LaminaError(
            'internal',
            {},
            { cause: `content of ${entry.path} is ${out.position - start} bytes, not ${stored}` },
          )
        }
      }
      yield* out.zeros(padding(stored))
    }
    yield* out.zeros(1024)
    const rest = out.rest()
    if (rest.length > 0) yield rest
  } finally {
    await files.close()
  }
}

async function* putContent(
  out: Output,
  files: OpenFiles,
  content: Content,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
  if (content === null) return
  if (Buffer.isBuffer(content)) {
    yield* out.put(content)
    return
  }
  if ('stream' in content) {
    for await (const chunk of content.stream()) yield* out.put(chunk)
    return
  }
  const handle = await files.get(content.file)
  let at = content.offset
  const end = content.offset + content.length
  while (at < end) {
    if (signal?.aborted) throw new LaminaError('cancelled')
    const space = out.space()
    const wanted = Math.min(space.length, end - at)
    const read =
      wanted <= READ_NOW
        ? readSync(handle.fd, space, 0, wanted, at)
        : (await handle.read(space, 0, wanted, at)).bytesRead
    if (read === 0) return
    at += read
    const full = out.filled(read)
    if (full) yield full
  }
}

/** Gathers the tar into chunks; contents are read straight into them. */
class Output {
  position = 0
  readonly #buffers: Buffer[]
  readonly #reuse: boolean
  #current: Buffer
  #used = 0
  #turn = 0

  constructor(reuse: boolean) {
    this.#reuse = reuse
    this.#buffers = reuse ? [0, 1, 2].map(() => Buffer.allocUnsafeSlow(CHUNK)) : []
    this.#current = this.#next()
  }

  /** Free bytes of the current chunk. */
  space(): Buffer {
    return this.#current.subarray(this.#used)
  }

  /** Says that `count` bytes of `space` have been filled; the chunk, when it is full now. */
  filled(count: number): Buffer | null {
    this.#used += count
    this.position += count
    if (this.#used < CHUNK) return null
    const full = this.#current
    this.#current = this.#next()
    this.#used = 0
    return full
  }

  *put(data: Buffer): Generator<Buffer> {
    for (let at = 0; at < data.length;) {
      const count = data.copy(this.#current, this.#used, at)
      at += count
      const full = this.filled(count)
      if (full) yield full
    }
  }

  *zeros(count: number): Generator<Buffer> {
    for (let left = count; left > 0;) {
      const part = Math.min(left, CHUNK - this.#used)
      this.#current.fill(0, this.#used, this.#used + part)
      left -= part
      const full = this.filled(part)
      if (full) yield full
    }
  }

  rest(): Buffer {
    return this.#current.subarray(0, this.#used)
  }

  #next(): Buffer {
    if (!this.#reuse) return Buffer.allocUnsafeSlow(CHUNK)
    this.#turn = (this.#turn + 1) % this.#buffers.length
    return this.#buffers[this.#turn] as Buffer
  }
}

/** Files by path; the one that was not used for longest is closed first. */
class OpenFiles {
  readonly #handles = new Map<string, FileHandle>()

  async get(path: string): Promise<FileHandle> {
    let handle = this.#handles.get(path)
    if (handle) {
      if (this.#handles.size > 1) {
        this.#handles.delete(path)
        this.#handles.set(path, handle)
      }
      return handle
    }
    handle = await open(path, 'r')
    this.#handles.set(path, handle)
    const oldest = this.#handles.entries().next().value
    if (this.#handles.size > MAX_OPEN && oldest) {
      this.#handles.delete(oldest[0])
      await oldest[1].close()
    }
    return handle
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#handles.values()].map((handle) => handle.close()))
  }
}
