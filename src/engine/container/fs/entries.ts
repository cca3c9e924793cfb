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

/** An entry with everything that is not given at its plainest: of root, without content. */
export function makeEntry(
  values: Pick<LayerEntry, 'path' | 'type' | 'mode'> & Partial<LayerEntry>,
): LayerEntry {
  return {
    uid: 0,
    gid: 0,
    size: 0,
    mtime: 0,
    mtimeNsec: 0,
    linkname: '',
    devMajor: 0,
    devMinor: 0,
    xattrs: null,
    offset: 0,
    stored: 0,
    sparse: null,
    whiteout: null,
    ...values,
  }
}

/** What a file system counts for it, as dockerd sums sizes: files and the text of symlinks. */
export function countedSize(entry: LayerEntry): number {
  if (entry.type === 'file') return entry.size
  return entry.type === 'symlink' ? Buffer.byteLength(entry.linkname) : 0
}
