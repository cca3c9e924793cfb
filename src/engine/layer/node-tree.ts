/** Trees that are put together from the nodes of layers: each node says where it comes from. */
import { compareBytes, DIRECTORY, HARDLINK, LINKED } from './index-layout'
import { findPath } from './find-path'
import { type LayerNode, seeTarget } from './stack'
import type { Change, FileTree, FileType, LayerEntry, LayerIndex } from './types'

export const UNMARKED = 0
const CHANGES: readonly (Change | null)[] = [null, 'added', 'changed', 'deleted']
export const MARK = { added: 1, changed: 2, deleted: 3 } as const

/** Growing columns of a tree in breadth-first order. */
export class TreeColumns {
  count = 0
  parent: Uint32Array
  first: Uint32Array
  children: Uint32Array
  layer: Uint16Array
  node: Uint32Array
  mark: Uint8Array
  total: Float64Array

  /** @param room nodes that will come, as far as that is known */
  constructor(room = 64) {
    this.parent = new Uint32Array(room)
    this.first = new Uint32Array(room)
    this.children = new Uint32Array(room)
    this.layer = new Uint16Array(room)
    this.node = new Uint32Array(room)
    this.mark = new Uint8Array(room)
    this.total = new Float64Array(room)
  }

  add(parent: number, layer: number, node: number, bytes: number, mark = UNMARKED): number {
    if (this.count === this.parent.length) this.#grow()
    const at = this.count++
    this.parent[at] = parent
    this.layer[at] = layer
    this.node[at] = node
    this.mark[at] = mark
    this.total[at] = bytes
    if (at === parent) return at
    if (this.children[parent] === 0) this.first[parent] = at
    this.children[parent] = (this.children[parent] as number) + 1
    return at
  }

  /** Adds sizes up to the root. */
  sumUp(): void {
    for (let node = this.count - 1; node > 0; node--) {
      const up = this.parent[node] as number
      this.total[up] = (this.total[up] as number) + (this.total[node] as number)
    }
  }

  #grow(): void {
    const length = this.parent.length * 2
    const u32 = (old: Uint32Array) => {
      const larger = new Uint32Array(length)
      larger.set(old)
      return larger
    }
    this.parent = u32(this.parent)
    this.first = u32(this.first)
    this.children = u32(this.children)
    this.node = u32(this.node)
    const layer = new Uint16Array(length)
    layer.set(this.layer)
    this.layer = layer
    const mark = new Uint8Array(length)
    mark.set(this.mark)
    this.mark = mark
    const total = new Float64Array(length)
    total.set(this.total)
    this.total = total
  }
}

export class NodeTree implements FileTree {
  readonly count: number
  readonly totals: FileTree['totals']
  readonly #layers: readonly LayerIndex[]
  readonly #columns: TreeColumns

  constructor(layers: readonly LayerIndex[], columns: TreeColumns, totals: FileTree['totals']) {
    this.#layers = layers
    this.#columns = columns
    this.count = columns.count
    this.totals = totals
  }

  find(path: string): number {
    return findPath(this, path)
  }

  findChild(node: number, names: Uint8Array, at: number, length: number): number {
    let low = this.firstChild(node)
    let high = low + this.childCount(node)
    while (low < high) {
      const middle = (low + high) >>> 1
      const index = this.#index(middle)
      const source = this.#columns.node[middle] as number
      const order = compareBytes(
        index.names,
        index.columns.nameAt[source] as number,
        index.columns.nameLength[source] as number,
        names,
        at,
        length,
      )
      if (order === 0) return middle
      if (order < 0) low = middle + 1
      else high = middle
    }
    return -1
  }

  firstChild(node: number): number {
    return this.#columns.first[node] as number
  }

  childCount(node: number): number {
    return this.#columns.children[node] as number
  }

  parent(node: number): number {
    return node === 0 ? -1 : (this.#columns.parent[node] as number)
  }

  name(node: number): string {
    return this.#index(node).name(this.#columns.node[node] as number)
  }

  path(node: number): string {
    return this.#index(node).path(this.#columns.node[node] as number)
  }

  type(node: number): FileType {
    const own = this.#index(node).type(this.#columns.node[node] as number)
    return own === 'hardlink' ? this.entry(node).type : own
  }

  entry(node: number): LayerEntry {
    const own = this.#index(node).entry(this.#columns.node[node] as number)
    if (own.type !== 'hardlink') return own
    const { layer, node: at } = this.#file(node)
    const file = (this.#layers[layer] as LayerIndex).entry(at)
    // All names of a file have its mode, owner and time, and all of a symlink lead where it leads.
    if (file.type !== 'file' && file.type !== 'hardlink') return { ...file, path: own.path }
    const { mode, uid, gid, mtime, mtimeNsec, xattrs } = file
    return { ...own, mode, uid, gid, mtime, mtimeNsec, xattrs }
  }

  change(node: number): Change | null {
    return CHANGES[this.#columns.mark[node] as number] ?? null
  }

  bytes(node: number): number {
    return this.#columns.total[node] as number
  }

  source(node: number): { layer: number; node: number } {
    return {
      layer: this.#columns.layer[node] as number,
      node: this.#columns.node[node] as number,
    }
  }

  content(node: number): { layer: number; entry: LayerEntry } | null {
    const { layer, node: at } = this.#file(node)
    const own = this.#layers[layer]?.content(at)
    return own ? { layer, entry: { ...own.entry, path: this.path(node) } } : null
  }

  /** The node that a node is a further name of, where that lies in a lower layer; else itself. */
  #file(node: number): LayerNode {
    const own = this.source(node)
    let at: LayerNode = own
    // A link into a lower layer may lead to a link there, which leads further down.
    while (at.layer > 0) {
      const index = this.#layers[at.layer] as LayerIndex
      const { type, flags } = index.columns
      if (type[at.node] !== HARDLINK || ((flags[at.node] as number) & LINKED) !== 0) return at
      const below = this.#layers.slice(0, at.layer)
      const seen = seeTarget(below, index.entry(at.node).linkname)
      // What it was a link to is lost, or never could be one.
      if (!seen || below[seen.layer]?.columns.type[seen.node] === DIRECTORY) return own
      at = seen
    }
    return at
  }

  #index(node: number): LayerIndex {
    return this.#layers[this.#columns.layer[node] as number] as LayerIndex
  }
}
