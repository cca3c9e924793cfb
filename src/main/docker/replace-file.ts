/** Files that a crash leaves as they were or as they should be, never in between. */
import { randomBytes } from 'node:crypto'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Whose a file is, and who may do what with it; only root gives files away. */
export interface FileRights {
  mode: number
  uid: number | null
  gid: number | null
}

/**
 * Replaces a file that is for its owner only: written aside, synced, renamed. Run as root, it stays
 * the file of whom it belongs to. Rejects with what the system says.
 */
export async function replacePrivateFile(path: string, text: string): Promise<void> {
  const aside = `${path}.${randomBytes(6).toString('hex')}.tmp`
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const before = await stat(path).catch(() => null)
  try {
    await writeSynced(aside, text, { uid: null, gid: null, ...before, mode: 0o600 })
    await rename(aside, path)
    await syncFolder(dirname(path))
  } catch (thrown) {
    await rm(aside, { force: true }).catch(() => undefined)
    throw thrown
  }
}

/** Writes a file that must not be there yet, to the disk itself. */
export async function writeSynced(
  path: string,
  content: Buffer | string,
  { mode, uid, gid }: FileRights,
): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(content)
    if (uid !== null && gid !== null && process.getuid?.() === 0) await file.chown(uid, gid)
    await file.chmod(mode & 0o7777)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** So that a rename in this folder outlives a power cut. Windows has no such call, and needs none. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
