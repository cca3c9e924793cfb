/** All layers of an image on top of each other: the files that a container of it would see. */
import { ABSENT, compareBytes, DIRECTORY } from './index-layout'
import { NodeTree, TreeColumns } from './node-tree'
import { type LayerNode, see, seeRoot } from './stack'
import type { FileTree, LayerIndex } from './types'

/** `layers`: base first. Sources of the tree's nodes are positions in it. */
export function union(layers: readonly LayerIndex[]): FileTree {
  const columns = new TreeColumns(layers.reduce((sum, { count }) => sum + count, 1))
  const root = seeRoot(layers)
  columns.add(0, root.layer, root.node, 0)
  let queue: { at: number; parts: LayerNode[] }[] = [{ at: 0, parts: root.parts }]
  while (queue.length > 0) {
    const next: typeof queue = []
    for (const { at, parts } of queue) {
      const show = (layer: number, node: number, below: LayerNode[] | null) => {
        const { size, type } = (layers[layer] as LayerIndex).columns
        const child = columns.add(at, layer, node, size[node] as number)
        if (type[node] === DIRECTORY) next.push({ at: child, parts: below ?? [{ layer, node }] })
      }
      if (parts.length === 1) showOnly(layers, parts[0] as LayerNode, show)
      else mergeChildren(layers, parts, show)
    }
    queue = next
  }
  columns.sumUp()
  const totals = {
    entries: columns.count - 1,
    bytes: columns.total[0] as number,
    added: 0,
    changed: 0,
    deleted: 0,
  }
  return new NodeTree(layers, columns, totals)
}

/** `parts`: null where nothing of other layers is merged with it. */
type Show = (layer: number, node: number, parts: LayerNode[] | null) => void

/** The children of a directory that only one layer has. */
function showOnly(layers: readonly LayerIndex[], { layer, node }: LayerNode, show: Show): void {
  const { first, count, flags } = (layers[layer] as LayerIndex).columns
  const from = first[node] as number
  for (let child = from; child < from + (count[node] as number); child++) {
    if (((flags[child] as number) & ABSENT) === 0) show(layer, child, null)
  }
}

/** The children of a directory that several layers have, in the order of their names. */
function mergeChildren(layers: readonly LayerIndex[], parts: LayerNode[], show: Show): void {
  const cursors = parts.map(({ layer, node }) => {
    const index = layers[layer] as LayerIndex
    const at = index.columns.first[node] as number
    return { layer, index, at, end: at + (index.columns.count[node] as number) }
  })
  const compare = (a: (typeof cursors)[0], b: (typeof cursors)[0]) =>
    compareBytes(
      a.index.names,
      a.index.columns.nameAt[a.at] as number,
      a.index.columns.nameLength[a.at] as number,
      b.index.names,
      b.index.columns.nameAt[b.at] as number,
      b.index.columns.nameLength[b.at] as number,
    )
  for (;;) {
    let least: typeof cursors = []
    for (const cursor of cursors) {
      if (cursor.at === cursor.end) continue
      const order = least[0] ? compare(cursor, least[0]) : -1
      if (order < 0) least = [cursor]
      else if (order === 0) least.push(cursor)
    }
    if (least.length === 0) return
    const candidates = least.map(({ layer, at }) => ({ layer, node: at }))
    for (const cursor of least) cursor.at++
    const seen = see(layers, candidates)
    if (seen) show(seen.layer, seen.node, seen.parts)
  }
}
