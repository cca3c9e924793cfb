/** A container's own changes as the entries of a new layer (OCI image-spec layer.md#whiteouts). */
import type { LayerSource } from '../../layer/types'
import { makeEntry } from '../../layer/make-entry'
import type { Inode, Overlay, OverlayNode } from './overlay'
import { byCodeUnit, join } from './tree'

/**
 * Deletions first, then what is there in the order of its paths; later names of one file as hard
 * links to the first. Directories that something changed in are there with what is known of them.
 */
export function layerSources(overlay: Overlay): LayerSource[] {
  const deletions: LayerSource[] = []
  const entries: LayerSource[] = []
  const firstNames = new Map<Inode, string>()

  const visit = (node: OverlayNode, path: string) => {
    for (const name of [...node.children.keys()].sort(byCodeUnit)) {
      const child = node.children.get(name) as OverlayNode
      const childPath = join(path, name)
      const below = overlay.lower.lookup(childPath)
      if (!child.inode) {
        if (below) deletions.push(whiteout(childPath, 'file'))
        continue
      }
      if (child.opaque && below?.entry.type === 'directory') {
        deletions.push(whiteout(childPath, 'opaque'))
      }
      entries.push(toSource(child.inode, childPath, firstNames))
      visit(child, childPath)
    }
  }
  visit(overlay.root, '')
  return [...deletions, ...entries]
}

function toSource(inode: Inode, path: string, firstNames: Map<Inode, string>): LayerSource {
  const { content } = inode
  // As dockerd writes layers: whole seconds.
  const entry = { ...inode.entry, path, mtimeNsec: 0 }
  if (entry.type === 'file') {
    const first = firstNames.get(inode)
    if (first !== undefined) {
      const link = { type: 'hardlink', linkname: first, size: 0, stored: 0, sparse: null } as const
      return { entry: { ...entry, ...link }, content: null }
    }
    firstNames.set(inode, path)
  }
  return { entry, content }
}

function whiteout(path: string, kind: 'file' | 'opaque'): LayerSource {
  return { entry: makeEntry({ path, type: 'file', mode: 0, whiteout: kind }), content: null }
}
