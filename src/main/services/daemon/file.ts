/** A settings file of another program: read whole, kept beside before it changes, replaced at once. */
import { createHash, randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import {
  access,
  lstat,
  mkdir,
  open,
  readFile,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
} from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { syncFolder, writeSynced } from '../../docker/replace-file'
import { fileError } from '../file-errors'

/** The bytes of a file; null where there is none. */
export async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path)
  } catch (thrown) {
    const error = fileError(thrown, path)
    if (error.code === 'file_missing') return null
    throw error
  }
}

/** What names a content; `none` for no file. */
export function fingerprint(content: Buffer | string | null): string {
  return content === null ? 'none' : createHash('sha256').update(content).digest('hex')
}

/** Whether this user may replace a file (or make it, with its folders). */
export async function isWritable(path: string): Promise<boolean> {
  const target = await realpath(path).catch(() => path)
  const may = (at: string) =>
    access(at, constants.W_OK).then(
      () => true,
      () => false,
    )
  const there = await lstat(target).catch(() => null)
  // Nobody may write it: a generated file (NixOS), or one that its owner protects, from root too.
  if (there !== null && (!there.isFile() || (there.mode & 0o222) === 0)) return false
  if (there !== null && !(await canOpen(target))) return false
  for (let folder = dirname(target); ; folder = dirname(folder)) {
    const found = await stat(folder).catch(() => null)
    if (found !== null) return found.isDirectory() && (await may(folder))
    if (folder === dirname(folder)) return false
  }
}

/** An immutable file, or one on a read-only mount, says so only when it is opened. */
async function canOpen(path: string): Promise<boolean> {
  try {
    await (await open(path, 'r+')).close()
    return true
  } catch {
    return false
  }
}

/** `daemon.json.lamina-20261122-031500-042.bak`: two changes within a second have two copies. */
export function backupPath(path: string, at: Date): string {
  const stamp = at.toISOString().replace(/[-:Z]/g, '').replace(/[T.]/g, '-')
  return join(dirname(path), `${basename(path)}.lamina-${stamp}.bak`)
}

/** Writes a copy that must not be there yet, with the rights of the original. */
export async function writeBackup(
  original: string,
  backup: string,
  content: Buffer,
): Promise<void> {
  try {
    const { mode, uid, gid } = await stat(original)
    await writeSynced(backup, content, { mode, uid, gid })
  } catch (thrown) {
    throw fileError(thrown, backup)
  }
}

/**
 * Replaces a file: writes aside, syncs, renames, syncs the folder. Mode and owner stay, and a link
 * stays a link. Answers with the folders that it had to make, the innermost first.
 */
export async function replaceFile(path: string, content: Buffer | string): Promise<string[]> {
  const target = await realpath(path).catch(() => path)
  const folder = dirname(target)
  const aside = join(folder, `.${basename(target)}.${randomBytes(6).toString('hex')}.part`)
  let made: string[] = []
  try {
    made = await makeFolders(folder)
    const old = await stat(target).catch(() => null)
    await writeSynced(aside, content, old ?? { mode: 0o644, uid: null, gid: null })
    await rename(aside, target)
    await syncFolder(folder)
    return made
  } catch (thrown) {
    await rm(aside, { force: true }).catch(() => undefined)
    await removeFolders(made)
    throw fileError(thrown, path)
  }
}

/** Removes a file that Lamina made, and the folders that it made for it where they are empty. */
export async function removeFile(path: string, folders: readonly string[]): Promise<void> {
  try {
    await rm(path)
    await syncFolder(dirname(path))
  } catch (thrown) {
    throw fileError(thrown, path)
  }
  await removeFolders(folders)
}

async function makeFolders(folder: string): Promise<string[]> {
  const missing: string[] = []
  for (let at = folder; (await stat(at).catch(() => null)) === null; at = dirname(at)) {
    missing.push(at)
  }
  await mkdir(folder, { recursive: true })
  return missing
}

async function removeFolders(folders: readonly string[]): Promise<void> {
  for (const folder of folders) {
    // Somebody else put something there: then it stays.
    await rmdir(folder).catch(() => undefined)
  }
}
