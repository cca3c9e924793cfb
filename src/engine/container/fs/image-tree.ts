/** The files of an image's layers, merged: the lowest tree of a container. */
import type { LayerStore } from '../../image/types'
import type { FileTree } from '../../layer/types'
import type { Digest } from '../../oci/digest'
import { byCodeUnit, type Item, type Tree } from './tree'

export class ImageTree implements Tree {
  /** @param diffIds of the layers that `files` is the union of, base first */
  constructor(
    private readonly files: FileTree,
    private readonly diffIds: readonly Digest[],
    private readonly layers: Pick<LayerStore, 'content'>,
  ) {}

  lookup(path: string): Item | null {
    const node = this.files.find(path)
    if (node < 0) return null
    const entry = this.files.entry(node)
    if (entry.type !== 'file' && entry.type !== 'hardlink') {
      return { entry, identity: null, content: null }
    }
    const found = this.files.content(node)
    const diffId = found && this.diffIds[found.layer]
    if (!found || !diffId) {
      return { entry: { ...entry, type: 'file' }, identity: null, content: null }
    }
    const { size, stored, sparse, offset } = found.entry
    return {
      entry: { ...entry, type: 'file', linkname: '', size, stored, sparse, offset },
      // Two paths are one file exactly when their content begins at the same place.
      identity: `${found.layer}:${offset}`,
      content: this.layers.content(diffId, found.entry),
    }
  }

  list(path: string): string[] {
    const node = this.files.find(path)
    if (node < 0) return []
    const first = this.files.firstChild(node)
    const names: string[] = []
    for (let at = 0; at < this.files.childCount(node); at++) names.push(this.files.name(first + at))
    return names.sort(byCodeUnit)
  }
}
