/** One layer against those below it: what it adds, changes and deletes. */
import { ABSENT, compareBytes, DIRECTORY, HIDES, IMPLIED, OPAQUE } from './index-layout'
import { MARK, NodeTree, TreeColumns, UNMARKED } from './node-tree'
import { union } from './union'
import type { FileTree, LayerIndex } from './types'

/**
 * The files of the last layer, each marked; what it deletes is there as well, marked so. A directory
 * without a mark is there only for something below it.
 * `layers`: base first. `below`: the union of all but the last, when it is at hand.
 */
export function markChanges(
  layers: readonly LayerIndex[],
  below: FileTree = union(layers.slice(0, -1)),
): FileTree {
  return new Marker(layers, layers.length > 1 ? below : null).run()
}

/** A directory of the result with its two sides; -1: not there. */
interface Pair {
  at: number
  upper: number
  lower: number
}

class Marker {
  readonly #layers: readonly LayerIndex[]
  readonly #top: number
  readonly #upper: LayerIndex
  readonly #lower: FileTree | null
  readonly #columns = new TreeColumns()
  readonly #counts = [0, 0, 0, 0]

  constructor(layers: readonly LayerIndex[], lower: FileTree | null) {
    this.#layers = layers
    this.#top = layers.length - 1
    this.#upper = layers[this.#top] as LayerIndex
    this.#lower = lower
  }

  run(): FileTree {
    this.#columns.add(0, this.#top, 0, 0)
    let queue: Pair[] = [{ at: 0, upper: 0, lower: this.#lower ? 0 : -1 }]
    while (queue.length > 0) {
      const next: Pair[] = []
      for (const pair of queue) this.#children(pair, next)
      queue = next
    }
    this.#columns.sumUp()
    return new NodeTree(this.#layers, this.#columns, {
      entries: this.#columns.count - 1,
      bytes: this.#columns.total[0] as number,
      added: this.#counts[MARK.added] as number,
      changed: this.#counts[MARK.changed] as number,
      deleted: this.#counts[MARK.deleted] as number,
    })
  }

  #children(pair: Pair, next: Pair[]): void {
    const { first, count, flags, nameAt, nameLength } = this.#upper.columns
    const names = this.#upper.names
    const hides = ((flags[pair.upper] as number) & (HIDES | OPAQUE)) !== 0
    // Only a directory that hides the ones below it loses children without naming them.
    let lower = hides && this.#lower && pair.lower >= 0 ? this.#lower.firstChild(pair.lower) : 0
    const lowerEnd =
      hides && this.#lower && pair.lower >= 0 ? lower + this.#lower.childCount(pair.lower) : 0
    const from = first[pair.upper] as number
    for (let child = from; child < from + (count[pair.upper] as number); child++) {
      const at = nameAt[child] as number
      const length = nameLength[child] as number
      for (; lower < lowerEnd; lower++) {
        const order = this.#compareLower(lower, names, at, length)
        if (order < 0) this.#delete(pair.at, lower)
        else if (order > 0) break
      }
      const match =
        this.#lower && pair.lower >= 0 ? this.#lower.findChild(pair.lower, names, at, length) : -1
      this.#child(pair.at, child, match, next)
    }
    for (; lower < lowerEnd; lower++) this.#delete(pair.at, lower)
  }

  #child(parent: number, node: number, match: number, next: Pair[]): void {
    const { flags, type, size } = this.#upper.columns
    if ((flags[node] as number) & ABSENT) {
      if (match >= 0) this.#delete(parent, match)
      return
    }
    const mark = this.#markOf(node, match)
    this.#counts[mark] = (this.#counts[mark] as number) + 1
    const at = this.#columns.add(parent, this.#top, node, size[node] as number, mark)
    if (type[node] !== DIRECTORY) return
    const lower = match >= 0 && this.#lower?.type(match) === 'directory' ? match : -1
    next.push({ at, upper: node, lower })
  }

  #markOf(node: number, match: number): number {
    if (!this.#lower || match < 0) return MARK.added
    const { flags, type } = this.#upper.columns
    if (type[node] !== DIRECTORY || this.#lower.type(match) !== 'directory') return MARK.changed
    if ((flags[node] as number) & HIDES) return MARK.changed
    if ((flags[node] as number) & IMPLIED) return UNMARKED
    const a = this.#upper.entry(node)
    const b = this.#lower.entry(match)
    const same =
      a.mode === b.mode &&
      a.uid === b.uid &&
      a.gid === b.gid &&
      a.mtime === b.mtime &&
      sameXattrs(a.xattrs, b.xattrs)
    return same ? UNMARKED : MARK.changed
  }

  #delete(parent: number, lower: number): void {
    const source = (this.#lower as FileTree).source(lower)
    this.#columns.add(parent, source.layer, source.node, 0, MARK.deleted)
    this.#counts[MARK.deleted] = (this.#counts[MARK.deleted] as number) + 1
  }

  #compareLower(lower: number, names: Buffer, at: number, length: number): number {
    const source = (this.#lower as FileTree).source(lower)
    const index = this.#layers[source.layer] as LayerIndex
    return compareBytes(
      index.names,
      index.columns.nameAt[source.node] as number,
      index.columns.nameLength[source.node] as number,
      names,
      at,
      length,
    )
  }
}

type Xattrs = ReadonlyMap<string, Buffer> | null

function sameXattrs(a: Xattrs, b: Xattrs): boolean {
  if ((a?.size ?? 0) !== (b?.size ?? 0)) return false
  for (const [name, value] of a ?? []) if (!b?.get(name)?.equals(value)) return false
  return true
}
