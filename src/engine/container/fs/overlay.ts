/**
 * A tree of changes over a tree that never changes: what overlayfs calls upper and lower.
 *
 * Only what changed has a node here. A node without an entry hides the path below it; a directory
 * that is opaque hides everything that the lower tree has in it.
 */
import type { Content, LayerEntry } from '../../layer/types'
import { now, type Moment } from './entries'
import { baseOf, byCodeUnit, join, parentOf, parts, type Item, type Tree } from './tree'

/** One file, however many names it has. */
export interface Inode {
  /** `path` is that of the name it was made under; use the node's own. */
  entry: LayerEntry
  content: Content
}

export interface OverlayNode {
  /** Null: the path is removed. */
  inode: Inode | null
  /** Of a directory: the lower tree's children are hidden. */
  opaque: boolean
  children: Map<string, OverlayNode>
}

export class Overlay implements Tree {
  /** The root exists in every container; it has no metadata of its own until it is touched. */
  readonly root: OverlayNode = { inode: null, opaque: false, children: new Map() }

  constructor(readonly lower: Tree) {}

  lookup(path: string): Item | null {
    if (path === '') return this.rootItem()
    const { node, hidden } = this.walk(path)
    if (node) return node.inode && toItem(path, node.inode)
    return hidden ? null : this.lower.lookup(path)
  }

  list(path: string): string[] {
    const { node, hidden } = this.walk(path)
    if (node && path !== '' && node.inode?.entry.type !== 'directory') return []
    const names = new Set(hidden || node?.opaque ? [] : this.lower.list(path))
    for (const [name, child] of node?.children ?? []) {
      if (child.inode) names.add(name)
      else names.delete(name)
    }
    return [...names].sort(byCodeUnit)
  }

  /** The node at a path, and whether the lower tree is hidden there. */
  walk(path: string): { node: OverlayNode | null; hidden: boolean } {
    let node = this.root
    let hidden = false
    for (const part of parts(path)) {
      hidden ||= node.opaque
      const next = node.children.get(part)
      if (!next) return { node: null, hidden }
      node = next
      // Whatever is not a directory of ours has nothing of the lower tree below it.
      if (node.inode?.entry.type !== 'directory') hidden = true
    }
    return { node, hidden }
  }

  /** Puts something at a path whose parent directory exists; what was there is replaced. */
  put(path: string, inode: Inode, at: Moment = now()): void {
    if (path === '') {
      this.root.inode = inode
      return
    }
    const directory = this.touch(parentOf(path), at)
    const name = baseOf(path)
    const before = directory.children.get(name)
    const isDirectory = inode.entry.type === 'directory'
    if (isDirectory && before?.inode?.entry.type === 'directory') {
      before.inode = inode
      return
    }
    // A new directory over a removed or replaced one must not let the old children through.
    const merges = isDirectory && !before && this.lowerType(path) === 'directory'
    directory.children.set(name, { inode, opaque: isDirectory && !merges, children: new Map() })
  }

  /** Gives a file a further name. The file comes up from the lower tree when it is there. */
  link(path: string, target: string, at: Moment = now()): void {
    const inode = this.own(target)
    if (inode) this.put(path, inode, at)
  }

  /** Removes what is at a path, with everything below it. */
  remove(path: string, at: Moment = now()): void {
    const { hidden } = this.walk(parentOf(path))
    const directory = this.touch(parentOf(path), at)
    const name = baseOf(path)
    const below = !hidden && !directory.opaque && this.lower.lookup(path) !== null
    if (below) directory.children.set(name, { inode: null, opaque: false, children: new Map() })
    else directory.children.delete(name)
  }

  /** Gives a path a time of its own. */
  setTime(path: string, at: Moment): void {
    const inode = path === '' ? this.ownRoot() : this.own(path)
    if (inode) inode.entry = { ...inode.entry, ...at }
  }

  /** The inode of an existing path, brought up from the lower tree where it must be. */
  private own(path: string): Inode | null {
    const { node, hidden } = this.walk(path)
    if (node) return node.inode
    const below = hidden ? null : this.lower.lookup(path)
    if (!below) return null
    const parent = this.ensureDirectory(parentOf(path))
    const inode = { entry: { ...below.entry, path }, content: below.content }
    parent.children.set(baseOf(path), { inode, opaque: false, children: new Map() })
    return inode
  }

  private ownRoot(): Inode {
    this.root.inode ??= { entry: this.rootItem().entry, content: null }
    return this.root.inode
  }

  /** A directory of our own at a path, brought up from the lower tree, with a new time. */
  private touch(path: string, at: Moment): OverlayNode {
    const node = this.ensureDirectory(path)
    if (path === '') this.ownRoot()
    if (node.inode) node.inode = { ...node.inode, entry: { ...node.inode.entry, ...at } }
    return node
  }

  private ensureDirectory(path: string): OverlayNode {
    let node = this.root
    let walked = ''
    for (const part of parts(path)) {
      walked = join(walked, part)
      let next = node.children.get(part)
      if (!next) {
        const below = this.lower.lookup(walked)
        if (below?.entry.type !== 'directory') throw new Error(`no directory at /${walked}`)
        next = {
          inode: { entry: { ...below.entry, path: walked }, content: null },
          opaque: false,
          children: new Map(),
        }
        node.children.set(part, next)
      }
      node = next
    }
    return node
  }

  private lowerType(path: string): LayerEntry['type'] | null {
    if (this.walk(path).hidden) return null
    return this.lower.lookup(path)?.entry.type ?? null
  }

  private rootItem(): Item {
    if (this.root.inode) return toItem('', this.root.inode)
    const below = this.lower.lookup('')
    if (!below) throw new Error('a tree without a root')
    return below
  }
}

function toItem(path: string, inode: Inode): Item {
  const { entry, content } = inode
  return {
    entry: entry.path === path ? entry : { ...entry, path },
    identity: entry.type === 'file' ? inode : null,
    content,
  }
}
