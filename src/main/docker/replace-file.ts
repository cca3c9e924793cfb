import { randomBytes } from 'node:crypto'
import { chown, mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Writes a file aside, syncs and renames it, so that a crash leaves the old one. For the owner only;
 * run as root, it stays the file of whom it belongs to. Rejects with what the system says.
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  const aside = `${path}.${randomBytes(6).toString('hex')}.tmp`
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const before = await stat(path).catch(() => null)
  try {
    const file = await open(aside, 'wx', 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    if (before && process.getuid?.() === 0) await chown(aside, before.uid, before.gid)
    await rename(aside, path)
  } catch (thrown) {
    await rm(aside, { force: true }).catch(() => undefined)
    throw thrown
  }
}
