import type { LayerEntry } from './types'

/** An entry with everything that is not given at its plainest: of root, without time or content. */
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
