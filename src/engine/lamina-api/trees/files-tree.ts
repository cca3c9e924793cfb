/** A tree of a layer or of a whole image, with directories first on every page. */
import type { TreePage, TreeSummary } from '@shared/models'
import { findOutward, treeNode, treeSearch } from '../../layer/tree-pages'
import type { FileTree } from '../../layer/types'
import type { OpenTree } from './open-trees'

/** Directories whose order is remembered for their next pages. */
const MAX_ORDERS = 16

export class FilesTree implements OpenTree {
  /** Children in the order of the pages, by directory. */
  private readonly orders = new Map<number, Uint32Array>()

  constructor(private readonly tree: FileTree) {}

  get weight(): number {
    return this.tree.count
  }

  summary(): Omit<TreeSummary, 'tree'> {
    return { ...this.tree.totals }
  }

  children(path: string, offset: number, limit: number): TreePage {
    const directory = findOutward(this.tree, path)
    if (directory < 0) return { nodes: [], total: 0 }
    const order = this.orderOf(directory)
    const nodes = [...order.subarray(offset, offset + limit)]
    return { nodes: nodes.map((node) => treeNode(this.tree, node)), total: order.length }
  }

  search(query: string, limit: number): TreePage {
    return treeSearch(this.tree, query, limit)
  }

  private orderOf(directory: number): Uint32Array {
    const known = this.orders.get(directory)
    if (known) return known
    const { tree } = this
    const first = tree.firstChild(directory)
    const count = tree.childCount(directory)
    const order = new Uint32Array(count)
    let at = 0
    for (const wanted of [true, false]) {
      for (let node = first; node < first + count; node++) {
        if ((tree.type(node) === 'directory') === wanted) order[at++] = node
      }
    }
    if (this.orders.size >= MAX_ORDERS) this.orders.clear()
    this.orders.set(directory, order)
    return order
  }
}
