import { encodeName } from './names'
import type { FileTree } from './types'

/** The node at a path, or -1: one search in each folder on the way. Follows no links. */
export function findPath(tree: Pick<FileTree, 'findChild'>, path: string): number {
  let node = 0
  if (path === '') return node
  for (const part of path.split('/')) {
    const name = encodeName(part)
    node = tree.findChild(node, name, 0, name.length)
    if (node < 0) return -1
  }
  return node
}
