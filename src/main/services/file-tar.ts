/** Chosen files as one tar stream, as `docker cp` sends them: owned by root, flat, in order. */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Readable, Transform } from 'node:stream'
import tar from 'tar-stream'
import { LaminaError } from '@shared/errors'
import { fileError } from './file-errors'

const CHUNK = 1024 * 1024

export interface PackedFiles {
  stream: Readable
  /** Why a file could not be read; null while all is well. */
  error(): LaminaError | null
  close(): void
}

/**
 * Packs files while the stream is read. Every file is looked at before the first byte goes out, so
 * that a missing one leaves the container as it was.
 */
export async function packFiles(
  paths: string[],
  onBytes: (name: string, done: number, total: number) => void,
): Promise<PackedFiles> {
  const found = await Promise.all(paths.map(look))
  const pack = tar.pack({ highWaterMark: CHUNK })
  // tar-stream's are no streams of Node's own, which an HTTP request pipes and destroys.
  const stream = Readable.from(pack, { objectMode: false })
  let failed: LaminaError | null = null
  const write = async () => {
    for (const { path, name, size, mode, mtime } of found) {
      let done = 0
      onBytes(name, 0, size)
      const header = { name, size, mode, mtime, uid: 0, gid: 0, type: 'file' as const }
      if (size === 0) {
        pack.entry(header, '')
        continue
      }
      const count = new Transform({
        transform(chunk: Buffer, _encoding, next) {
          done += chunk.length
          onBytes(name, done, size)
          next(null, chunk)
        },
      })
      // A file that grows meanwhile is cut at the size that its header promised.
      const source = createReadStream(path, { end: size - 1, highWaterMark: CHUNK })
      await pipeline(source, count, pack.entry(header))
    }
    pack.finalize()
  }
  write().catch((thrown: unknown) => {
    failed = fileError(thrown, paths.join(', '))
    stream.destroy(failed)
  })
  return {
    stream,
    error: () => failed,
    close: () => {
      pack.destroy()
      stream.destroy()
    },
  }
}

async function look(path: string) {
  const found = await stat(path).catch((thrown: unknown) => {
    throw fileError(thrown, path)
  })
  if (!found.isFile()) throw new LaminaError('file_missing', { path })
  const { size, mode, mtime } = found
  return { path, name: basename(path), size, mode: mode & 0o7777, mtime }
}
