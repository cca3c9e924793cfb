/** Reads a chosen file as a stream that counts, for load, import and copies. */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Transform, type Readable } from 'node:stream'
import { LaminaError } from '@shared/errors'
import { fileError } from './file-errors'

/** Bytes read at once: with Node's default of 64 KiB a large archive takes twice as long. */
const CHUNK = 1024 * 1024

export interface OpenedFile {
  /** Bytes. */
  size: number
  stream: Readable
  /** The error of the file itself, where reading it failed. */
  error(): LaminaError | null
  close(): void
}

/** Opens a file; `onBytes` is told how many bytes went out so far. */
export async function readFileStream(
  path: string,
  onBytes: (done: number) => void,
): Promise<OpenedFile> {
  const found = await stat(path).catch((thrown: unknown) => {
    throw fileError(thrown, path)
  })
  if (!found.isFile()) throw new LaminaError('file_missing', { path })
  let done = 0
  let failed: LaminaError | null = null
  const source = createReadStream(path, { highWaterMark: CHUNK })
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, next) {
      done += chunk.length
      onBytes(done)
      next(null, chunk)
    },
  })
  source.on('error', (thrown) => {
    failed = fileError(thrown, path)
    stream.destroy(failed)
  })
  source.pipe(stream)
  return {
    size: found.size,
    stream,
    error: () => failed,
    close: () => {
      source.destroy()
      stream.destroy()
    },
  }
}
