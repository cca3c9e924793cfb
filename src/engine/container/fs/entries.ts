/** Making layer entries for what the engine itself puts into a container. */
import type { LayerEntry } from '../../layer/types'

/** A moment as entries keep it. */
export interface Moment {
  /** Seconds since 1970, rounded down. */
  mtime: number
  mtimeNsec: number
}

export function now(): Moment {
  return moment(Date.now())
}

/** @param milliseconds since 1970, fractions allowed */
export function moment(milliseconds: number): Moment {
  const mtime = Math.floor(milliseconds / 1000)
  return { mtime, mtimeNsec: Math.round((milliseconds - mtime * 1000) * 1e6) % 1e9 }
}

/** What a file system counts for it, as dockerd sums sizes: files and the text of symlinks. */
export function countedSize(entry: LayerEntry): number {
  if (entry.type === 'file') return entry.size
  return entry.type === 'symlink' ? Buffer.byteLength(entry.linkname) : 0
}
