/** How many bytes a folder has, as dockerd counts (moby daemon/graphdriver/../directory.Size). */
import { lstat, opendir } from 'node:fs/promises'
import { join } from 'node:path'
import { isMissing } from '../blob/disk'

/** Sum of the sizes of everything but directories; a file with several names counts once. */
export async function folderSize(folder: string): Promise<number> {
  const seen = new Set<string>()
  const left = [folder]
  let sum = 0
  for (let path = left.pop(); path !== undefined; path = left.pop()) {
    try {
      for await (const { name } of await opendir(path)) {
        const place = join(path, name)
        const stats = await lstat(place)
        if (stats.isDirectory()) left.push(place)
        else if (stats.nlink < 2 || !seen.has(`${stats.dev}:${stats.ino}`)) {
          seen.add(`${stats.dev}:${stats.ino}`)
          sum += stats.size
        }
      }
    } catch (error) {
      // Something was removed while we counted.
      if (!isMissing(error)) throw error
    }
  }
  return sum
}
