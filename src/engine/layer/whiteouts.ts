/** Deletions in a layer are files with marked names (OCI image-spec layer.md#whiteouts). */
import { baseName, parentPath } from './names'
import { corrupted } from './tar-fields'
import type { LayerEntry } from './types'

export const WHITEOUT_PREFIX = '.wh.'
/** AUFS keeps its own notes under these names; only the one for opaque directories has a meaning. */
const META_PREFIX = '.wh..wh.'
export const OPAQUE_NAME = '.wh..wh..opq'

/**
 * An entry of a tar as an entry of a layer: markers become whiteouts of the path that they hide.
 * Null: a note of AUFS, which is no file. Throws `archive_corrupted` for a marker without a name.
 */
export function readWhiteout(entry: LayerEntry): LayerEntry | null {
  if (!entry.path.includes(WHITEOUT_PREFIX)) return entry
  if (entry.path.startsWith(META_PREFIX) && entry.path !== OPAQUE_NAME) return null
  const base = baseName(entry.path)
  if (!base.startsWith(WHITEOUT_PREFIX)) return entry
  const parent = parentPath(entry.path)
  if (base.startsWith(META_PREFIX)) {
    return base === OPAQUE_NAME ? { ...entry, path: parent, whiteout: 'opaque' } : null
  }
  const name = base.slice(WHITEOUT_PREFIX.length)
  if (name === '' || name === '.' || name === '..') throw corrupted('a whiteout has no name')
  return { ...entry, path: parent === '' ? name : `${parent}/${name}`, whiteout: 'file' }
}
