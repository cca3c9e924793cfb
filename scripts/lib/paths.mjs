import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The project's folder. */
export const PROJECT = resolve(dirname(fileURLToPath(import.meta.url)), '../..')

/** What belongs to this clone only (counts of the last test run, notes on failed downloads). */
export const CLONE_CACHE = join(PROJECT, '.cache')

/** What several clones of one user share: large things made or downloaded once. */
export function userCache() {
  if (process.env.LAMINA_CACHE) return resolve(process.env.LAMINA_CACHE)
  if (process.platform === 'darwin') return join(homedir(), 'Library/Caches/lamina')
  if (process.platform === 'win32') {
    return join(process.env.LOCALAPPDATA ?? join(homedir(), 'AppData/Local'), 'lamina/cache')
  }
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'lamina')
}
