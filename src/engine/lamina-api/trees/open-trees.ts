/** The trees that are open, by handle; the ones that were not looked at for longest are closed. */
import { createHash } from 'node:crypto'
import { LaminaError } from '@shared/errors'
import type { TreePage, TreeSummary } from '@shared/models'

/** A tree that can be looked into. */
export interface OpenTree {
  /** How much memory it takes, as a count of nodes. */
  readonly weight: number
  summary(): Omit<TreeSummary, 'tree'>
  /** Throws `not_found` for a path that is no directory of this tree. */
  children(path: string, offset: number, limit: number): TreePage
  search(query: string, limit: number): TreePage
}

/** Nodes that are kept in all; a node takes some 40 bytes and its name. */
const MAX_WEIGHT = 4_000_000
const MAX_TREES = 32

export class OpenTrees {
  /** In the order of their last use. */
  private readonly trees = new Map<string, OpenTree>()

  /** Keeps a tree under its handle, in place of the one that had it. */
  add(handle: string, tree: OpenTree): TreeSummary {
    this.trees.delete(handle)
    this.trees.set(handle, tree)
    this.shrink()
    return { tree: handle, ...tree.summary() }
  }

  /** The tree of a handle, or null when it is closed (or never was open). */
  peek(handle: string): OpenTree | null {
    const tree = this.trees.get(handle)
    if (!tree) return null
    this.trees.delete(handle)
    this.trees.set(handle, tree)
    return tree
  }

  /** Throws `not_found` for a handle that is closed: opening the same source again gives it back. */
  get(handle: string): OpenTree {
    const tree = this.peek(handle)
    if (!tree) throw new LaminaError('not_found', { name: handle })
    return tree
  }

  private shrink(): void {
    let weight = [...this.trees.values()].reduce((sum, tree) => sum + tree.weight, 0)
    for (const [handle, tree] of this.trees) {
      const crowded = weight > MAX_WEIGHT || this.trees.size > MAX_TREES
      if (!crowded || this.trees.size === 1) return
      this.trees.delete(handle)
      weight -= tree.weight
    }
  }
}

/** The handle of a source: the same parts give the same handle, in every run of the engine. */
export function treeHandle(kind: string, ...parts: (string | number)[]): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([kind, ...parts]))
    .digest('hex')
  return `${kind}-${hash.slice(0, 24)}`
}
