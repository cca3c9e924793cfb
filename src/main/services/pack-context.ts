/** A folder as the tar that POST /build takes: packed while it is sent, never held. */
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import tar from 'tar-stream'
import type { IgnoreRules } from '@shared/dockerignore'
import type { LaminaError } from '@shared/errors'
import { contextFiles, type ContextFile } from './context-files'
import { fileError } from './file-errors'
import type { OpenedFile } from './read-file'

const CHUNK = 1024 * 1024

/**
 * Opens a folder as a tar stream. `size` and `onBytes` count the bytes of files, without the tar's own.
 * As docker sends it: everything belongs to root, and from Windows every file may be run, for that
 * system knows no such right.
 * @throws LaminaError those of the disk
 */
export async function packContext(
  folder: string,
  rules: IgnoreRules,
  onBytes: (done: number) => void,
): Promise<OpenedFile> {
  let size = 0
  for await (const file of contextFiles(folder, rules)) size += file.size
  const pack = tar.pack({ highWaterMark: CHUNK })
  // tar-stream's are no streams of Node's own, which an HTTP request pipes and destroys.
  const stream = Readable.from(pack, { objectMode: false })
  let failed: LaminaError | null = null
  let done = 0
  const count = (bytes: number) => onBytes((done += bytes))
  writeAll(pack, folder, rules, count).catch((thrown: unknown) => {
    failed = fileError(thrown, folder)
    stream.destroy(failed)
  })
  return {
    size,
    stream,
    error: () => failed,
    close: () => {
      pack.destroy()
      stream.destroy()
    },
  }
}

async function writeAll(
  pack: tar.Pack,
  folder: string,
  rules: IgnoreRules,
  count: (bytes: number) => void,
): Promise<void> {
  for await (const file of contextFiles(folder, rules)) {
    const header = headerOf(file)
    if (file.size === 0) {
      await new Promise<void>((resolve, reject) => {
        pack.entry(header, '', (error) => (error ? reject(error) : resolve()))
      })
      continue
    }
    // A file that grows meanwhile is cut at the size that its header promised.
    const source = createReadStream(file.path, { end: file.size - 1, highWaterMark: CHUNK })
    source.on('data', (chunk) => count(chunk.length))
    await pipeline(source, pack.entry(header))
  }
  pack.finalize()
}

function headerOf({
  name,
  type,
  size,
  mode,
  mtime,
  linkname,
}: ContextFile): Partial<tar.Header> & Pick<tar.Header, 'name'> {
  const rights = process.platform === 'win32' ? 0o755 : mode
  return {
    ...{ name, type, size, mtime, mode: rights, uid: 0, gid: 0 },
    ...(linkname === null ? {} : { linkname: linkname.replaceAll('\\', '/') }),
  }
}
