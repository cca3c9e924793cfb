/**
 * What a stack of layers shows at a place: the rule by which layers are put on top of each other
 * (OCI image-spec layer.md, "Applying Changesets"), for one name at a time.
 */
import { ABSENT, DIRECTORY, HIDES, IMPLIED, OPAQUE } from './index-layout'
import { encodeName, MAX_HOPS } from './names'
import type { LayerIndex } from './types'

/** A node of one of the layers. */
export interface LayerNode {
  layer: number
  node: number
}

/** What is seen at a place. */
export interface Seen extends LayerNode {
  /** Of a directory: the layers' directories that it is made of, the top one first. */
  parts: LayerNode[]
}

/** What is seen at the root: `layers` has the base first. */
export function seeRoot(layers: readonly LayerIndex[]): Seen {
  const parts = layers.map((_, layer) => ({ layer, node: 0 })).reverse()
  return see(layers, parts) ?? { layer: 0, node: 0, parts }
}

/**
 * What is seen where these layers have something of one name, the top one first: the top one, and
 * for a directory also those below it down to the first that ends it. Null: a whiteout.
 */
export function see(layers: readonly LayerIndex[], candidates: readonly LayerNode[]): Seen | null {
  let shown: LayerNode | null = null
  let implied = false
  const parts: LayerNode[] = []
  for (const candidate of candidates) {
    const { columns } = layers[candidate.layer] as LayerIndex
    const flags = columns.flags[candidate.node] as number
    if (flags & ABSENT) break
    if (columns.type[candidate.node] !== DIRECTORY) {
      shown ??= candidate
      break
    }
    // A directory that entries below it imply is described by the next layer that has an entry.
    if (shown === null || (implied && (flags & IMPLIED) === 0)) shown = candidate
    if (parts.length === 0 || implied) implied = (flags & IMPLIED) !== 0
    parts.push(candidate)
    if (flags & (HIDES | OPAQUE)) break
  }
  return shown && { ...shown, parts }
}

/** The child of this name of a directory that is seen. */
function seeChild(layers: readonly LayerIndex[], directory: Seen, name: Buffer): Seen | null {
  const candidates: LayerNode[] = []
  for (const { layer, node } of directory.parts) {
    const child = (layers[layer] as LayerIndex).findChild(node, name, 0, name.length)
    if (child >= 0) candidates.push({ layer, node: child })
  }
  return see(layers, candidates)
}

/**
 * What a hard link to this path leads to: the symlinks on the way are followed as by link(2) in a
 * root, what is at its end is not.
 */
export function seeTarget(layers: readonly LayerIndex[], path: string): Seen | null {
  let hops = 0
  const way = [seeRoot(layers)]
  const left = path.split('/').reverse()
  for (let part = left.pop(); part !== undefined; part = left.pop()) {
    if (part === '' || part === '.') continue
    if (part === '..') {
      if (way.length > 1) way.pop()
      continue
    }
    const seen = seeChild(layers, way[way.length - 1] as Seen, encodeName(part))
    const entry = seen && (layers[seen.layer] as LayerIndex).entry(seen.node)
    if (!seen || left.length === 0) return seen
    if (entry?.type === 'symlink') {
      if (++hops > MAX_HOPS) return null
      if (entry.linkname.startsWith('/')) way.length = 1
      left.push(...entry.linkname.split('/').reverse())
    } else way.push(seen)
  }
  return null
}
