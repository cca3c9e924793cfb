/** Files that are completely there or not at all, and the disk's failures as errors with a code. */
import { randomBytes } from 'node:crypto'
import { mkdir, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { LaminaError, type ErrorCode } from '@shared/errors'

const CODES: Record<string, ErrorCode> = {
  ENOSPC: 'disk_full',
  EDQUOT: 'disk_full',
  EFBIG: 'disk_full',
  EROFS: 'read_only',
  EACCES: 'permission_denied',
  EPERM: 'permission_denied',
}

/** The system's code of an error (`ENOENT`), or null. */
export function errno(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error)) return null
  return typeof error.code === 'string' ? error.code : null
}

export function isMissing(error: unknown): boolean {
  return errno(error) === 'ENOENT'
}

/** A failure of the disk as `disk_full`, `read_only` or `permission_denied`; others as they are. */
export function diskError(error: unknown, path: string): unknown {
  const code = CODES[errno(error) ?? '']
  return code === undefined ? error : new LaminaError(code, { path }, { cause: error })
}

/** Runs an operation on `path` and turns its failures into those of `diskError`. */
export async function onDisk<T>(path: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation()
  } catch (error) {
    throw diskError(error, path)
  }
}

export async function makeFolder(path: string): Promise<void> {
  await onDisk(path, () => mkdir(path, { recursive: true, mode: 0o700 }))
}

interface FolderSync {
  /** Has begun: what was renamed since may not be in it. */
  running: Promise<void>
  next: Promise<void> | null
}

const folderSyncs = new Map<string, FolderSync>()

/**
 * Makes a rename in this folder durable. Those who ask while a sync of it runs share the next one.
 * Windows has no such call and needs none.
 */
export function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return Promise.resolve()
  const known = folderSyncs.get(path)
  if (known) return (known.next ??= known.running.then(begin, begin))
  return begin()

  function begin(): Promise<void> {
    const running = syncNow(path)
    const entry: FolderSync = { running, next: null }
    folderSyncs.set(path, entry)
    const end = () => void (entry.next === null && folderSyncs.delete(path))
    running.then(end, end)
    return running
  }
}

async function syncNow(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** A name in the ingest folder that nobody else has. */
export function ingestPath(ingest: string): string {
  return join(ingest, randomBytes(12).toString('hex'))
}

/**
 * Bytes of one write. Linux 6.16 keeps a write of a MiB or more in pages of that size, and a virtual
 * machine may have to get each of those from its host: seen to be four times as slow.
 */
const MAX_WRITE = 512 * 1024

/** Writes all of `data` at `position`. */
export async function writeFully(
  handle: FileHandle,
  data: Uint8Array,
  position: number,
): Promise<void> {
  let done = 0
  while (done < data.length) {
    const part = Math.min(MAX_WRITE, data.length - done)
    const { bytesWritten } = await handle.write(data, done, part, position + done)
    done += bytesWritten
  }
}

/** Gives a written and synced file its final name, durably unless it need not be. */
export async function publish(from: string, to: string, durable = true): Promise<void> {
  const folder = dirname(to)
  try {
    await rename(from, to)
  } catch (error) {
    if (!isMissing(error)) throw error
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await syncFolder(dirname(folder))
    await rename(from, to)
  }
  if (durable) await syncFolder(folder)
}

/**
 * Replaces a file as a whole: written aside, synced, renamed, its folder synced.
 * @param durable false for what can be made again: a loss of power may damage it, nothing else
 */
export async function writeFileAtomic(
  ingest: string,
  path: string,
  data: Uint8Array | string,
  { durable = true } = {},
): Promise<void> {
  const temporary = ingestPath(ingest)
  await onDisk(path, async () => {
    try {
      await writeNew(temporary, data, durable)
      await publish(temporary, path, durable)
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
  })
}

/** Writes a file that must not be there yet. */
async function writeNew(path: string, data: Uint8Array | string, durable: boolean): Promise<void> {
  const handle = await open(path, 'wx', 0o600)
  try {
    await writeFully(handle, typeof data === 'string' ? Buffer.from(data) : data, 0)
    if (durable) await handle.sync()
  } finally {
    await handle.close()
  }
}

/**
 * A folder with a file in it, durably and never half of it.
 * @param make makes the folder at `making`, with what else it holds; left behind by a crash, that is
 *   the caller's to clear
 */
export async function publishFolder(
  making: string,
  path: string,
  file: { name: string; text: string },
  make: () => Promise<unknown>,
): Promise<void> {
  await onDisk(making, async () => {
    await make()
    await writeNew(join(making, file.name), file.text, true)
    await syncFolder(making)
    await rename(making, path)
    await syncFolder(dirname(path))
  })
}

/** Removes a file durably; true when it was there. */
export async function removeFile(path: string): Promise<boolean> {
  return onDisk(path, async () => {
    try {
      await rm(path)
    } catch (error) {
      if (isMissing(error)) return false
      throw error
    }
    await syncFolder(dirname(path))
    return true
  })
}

/** The names in a folder, in no order; none when there is no such folder. */
export async function namesIn(folder: string): Promise<string[]> {
  return onDisk(folder, async () => {
    try {
      return await readdir(folder)
    } catch (error) {
      if (isMissing(error)) return []
      throw error
    }
  })
}

/** Whether something is there that can be looked at. */
export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch {
    return false
  }
}
