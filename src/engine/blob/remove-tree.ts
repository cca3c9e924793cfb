/** Removal of folders that strangers have filled: also where paths are longer than the system opens. */
import { randomBytes } from 'node:crypto'
import { readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { errno } from './disk'

/** Bytes below the top from which on a folder is moved up; Linux opens 4096, macOS 1024. */
const DEEP = 500

/** Removes a folder with all that is in it; harmless when it is not there. */
export async function removeTree(path: string): Promise<void> {
  for (;;) {
    try {
      await rm(path, { recursive: true, force: true })
      return
    } catch (error) {
      if (errno(error) !== 'ENAMETOOLONG') throw error
      // Nothing to bring up: it would not become better.
      if (!(await bringUp(path, path))) throw error
    }
  }
}

/** Moves what lies deep to the top; whether there was any. */
async function bringUp(top: string, folder: string): Promise<boolean> {
  let moved = false
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue
    const path = join(folder, entry.name)
    if (Buffer.byteLength(path) > Buffer.byteLength(top) + DEEP) {
      await rename(path, join(top, randomBytes(8).toString('hex')))
      moved = true
    } else if (await bringUp(top, path)) moved = true
  }
  return moved
}
