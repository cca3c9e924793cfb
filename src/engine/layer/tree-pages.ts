/** Trees as the contract's models: a summary, pages of children, a search. */
import type { TreeNode, TreePage, TreeSummary } from '@shared/models'
import { displayName } from './names'
import type { FileTree } from './types'

export function treeSummary(tree: FileTree, handle: string): TreeSummary {
  return { tree: handle, ...tree.totals }
}

/** The children of a directory; an empty page when it is none. */
export function treePage(tree: FileTree, path: string, offset: number, limit: number): TreePage {
  const directory = findOutward(tree, path)
  if (directory < 0) return { nodes: [], total: 0 }
  const first = tree.firstChild(directory)
  const total = tree.childCount(directory)
  const nodes: TreeNode[] = []
  for (let at = offset; at < Math.min(total, offset + limit); at++) {
    nodes.push(treeNode(tree, first + at))
  }
  return { nodes, total }
}

/**
 * Entries that match, in breadth-first order. A query with `*` or `?` is a glob, any other a part of
 * the text, in any case. With a "/" it is matched against the path, else against the name.
 */
export function treeSearch(tree: FileTree, query: string, limit: number): TreePage {
  const byPath = query.includes('/')
  const wanted = query.replace(/^\/+/, '').toLowerCase()
  const glob = /[*?]/.test(wanted)
  const nodes: TreeNode[] = []
  let total = 0
  for (let node = 1; node < tree.count; node++) {
    const text = (byPath ? tree.path(node) : tree.name(node)).toLowerCase()
    if (!(glob ? matchesGlob(wanted, text) : text.includes(wanted))) continue
    if (tree.entry(node).whiteout !== null) continue
    if (total++ < limit) nodes.push(treeNode(tree, node))
  }
  return { nodes, total }
}

export function treeNode(tree: FileTree, node: number): TreeNode {
  const entry = tree.entry(node)
  const change = tree.change(node)
  const deleted = change === 'deleted' || entry.whiteout !== null
  return {
    name: displayName(tree.name(node)),
    path: outward(tree.path(node)),
    type: entry.type,
    change: entry.whiteout !== null ? 'deleted' : change,
    size: deleted ? null : tree.bytes(node),
    children: tree.childCount(node),
    mode: deleted ? null : entry.mode,
    uid: deleted ? null : entry.uid,
    gid: deleted ? null : entry.gid,
    mtime: deleted ? null : entry.mtime * 1000 + Math.floor(entry.mtimeNsec / 1e6),
    linkTarget: entry.linkname === '' ? null : displayName(entry.linkname),
  }
}

// A lone surrogate cannot stand in an address, so that a byte which is no UTF-8 goes out as a
// character of the private use area, and comes back from it.
const OUTWARD = 0xf700

function outward(path: string): string {
  return /[\ud800-\udfff]/.test(path)
    ? path.replace(/[\ud800-\udbff][\udc00-\udfff]|[\udc80-\udcff]/g, (char) =>
        char.length === 2 ? char : String.fromCharCode(char.charCodeAt(0) - 0xdc00 + OUTWARD),
      )
    : path
}

/** The node of a path that `outward` made. */
export function findOutward(tree: FileTree, path: string): number {
  const found = tree.find(path)
  if (found >= 0 || !/[\uf780-\uf7ff]/.test(path)) return found
  return tree.find(
    path.replace(/[\uf780-\uf7ff]/g, (char) =>
      String.fromCharCode(char.charCodeAt(0) - OUTWARD + 0xdc00),
    ),
  )
}

/** Whether the whole text matches: `*` stands for any characters, `?` for one. */
function matchesGlob(glob: string, text: string): boolean {
  let at = 0
  let inGlob = 0
  /** Where to go on when what follows the last star does not match. */
  let star = -1
  let starAt = 0
  while (at < text.length) {
    if (glob[inGlob] === '*') {
      star = inGlob++
      starAt = at
    } else if (inGlob < glob.length && (glob[inGlob] === '?' || glob[inGlob] === text[at])) {
      inGlob++
      at++
    } else if (star >= 0) {
      inGlob = star + 1
      at = ++starAt
    } else {
      return false
    }
  }
  while (glob[inGlob] === '*') inGlob++
  return inGlob === glob.length
}
