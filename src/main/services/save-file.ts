/** Writes a stream to a file so that the file is either whole or not there. */
import { randomBytes } from 'node:crypto'
import { open, rename, rm, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { syncFolder } from '../docker/replace-file'
import { fileError } from './file-errors'

/**
 * Streams into a file beside `target`, syncs it, renames it, syncs the folder. Whatever stops it
 * (an error of the source, a full disk, an abort that breaks the source) removes the part.
 * @param onBytes is told how many bytes were written so far
 * @param explain turns an error of the source into one with a code
 */
export async function saveFile(
  target: string,
  source: Readable,
  onBytes: (done: number) => void,
  explain: (thrown: unknown) => Error,
): Promise<number> {
  const part = join(dirname(target), `.${basename(target)}.${randomBytes(4).toString('hex')}.part`)
  let file: FileHandle | null = null
  try {
    file = await onDisk(target, () => open(part, 'wx', 0o644))
    const done = await copy(source, file, target, onBytes, explain)
    await onDisk(target, async () => {
      await file?.sync()
      await file?.close()
      file = null
      await rename(part, target)
      await syncFolder(dirname(target))
    })
    return done
  } catch (thrown) {
    source.destroy()
    await file?.close().catch(() => undefined)
    await rm(part, { force: true }).catch(() => undefined)
    throw thrown
  }
}

async function copy(
  source: Readable,
  file: FileHandle,
  target: string,
  onBytes: (done: number) => void,
  explain: (thrown: unknown) => Error,
): Promise<number> {
  let done = 0
  const reader = source[Symbol.asyncIterator]()
  for (;;) {
    let next: IteratorResult<Buffer>
    try {
      next = (await reader.next()) as IteratorResult<Buffer>
    } catch (thrown) {
      throw explain(thrown)
    }
    if (next.done) return done
    const chunk = next.value
    await onDisk(target, () => writeAll(file, chunk))
    done += chunk.length
    onBytes(done)
  }
}

async function writeAll(file: FileHandle, chunk: Buffer): Promise<void> {
  let offset = 0
  while (offset < chunk.length) {
    const { bytesWritten } = await file.write(chunk, offset)
    offset += bytesWritten
  }
}

async function onDisk<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    throw fileError(thrown, path)
  }
}
