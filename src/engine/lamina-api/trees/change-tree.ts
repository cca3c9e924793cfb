/** What `docker diff` lists, as a tree: added, changed and deleted, with what is known of each. */
import { LaminaError } from '@shared/errors'
import type { Change, TreeNode, TreePage, TreeSummary } from '@shared/models'
import type { LayerEntry } from '../../layer/types'
import { pathMatcher } from './match'
import type { OpenTree } from './open-trees'

/** One changed path of a container. */
export interface PathChange {
  /** From the root, without a leading slash. */
  path: string
  change: Change
  /** What is there now; null for a deletion and where it could not be seen. */
  entry: LayerEntry | null
}

interface Node {
  name: string
  path: string
  change: Change | null
  entry: LayerEntry | null
  children: Map<string, Node>
  /** Sorted, made at the first look. */
  listed: Node[] | null
  /** Bytes of it and of all below; null where it is gone. */
  size: number | null
}

export class ChangeTree implements OpenTree {
  private readonly root = node('', '')
  private readonly totals = { entries: 0, bytes: 0, added: 0, changed: 0, deleted: 0 }

  constructor(changes: Iterable<PathChange>) {
    for (const { path, change, entry } of changes) {
      if (path === '') continue
      const at = this.make(path)
      at.change = change
      at.entry = entry
      this.totals.entries++
      this.totals.bytes += fileSize(entry) ?? 0
      this.totals[change]++
    }
    sum(this.root)
  }

  get weight(): number {
    return this.totals.entries * 4 // objects and maps, not columns
  }

  summary(): Omit<TreeSummary, 'tree'> {
    return { ...this.totals }
  }

  children(path: string, offset: number, limit: number): TreePage {
    const parent = this.find(path)
    if (!parent) throw new LaminaError('not_found', { name: `/${path}` })
    parent.listed ??= [...parent.children.values()].sort(directoriesFirst)
    const nodes = parent.listed.slice(offset, offset + limit).map(model)
    return { nodes, total: parent.listed.length }
  }

  search(query: string, limit: number): TreePage {
    const matches = pathMatcher(query)
    const found: Node[] = []
    const visit = (parent: Node) => {
      for (const child of parent.children.values()) {
        if (matches(child.path)) found.push(child)
        visit(child)
      }
    }
    visit(this.root)
    found.sort((a, b) => (a.path < b.path ? -1 : 1))
    return { nodes: found.slice(0, limit).map(model), total: found.length }
  }

  private make(path: string): Node {
    let at = this.root
    for (const name of path.split('/')) {
      let next = at.children.get(name)
      if (!next) {
        next = node(name, at.path === '' ? name : `${at.path}/${name}`)
        at.children.set(name, next)
      }
      at = next
    }
    return at
  }

  private find(path: string): Node | null {
    let at: Node | undefined = this.root
    if (path === '') return at
    for (const name of path.split('/')) at = at?.children.get(name)
    return at ?? null
  }
}

function node(name: string, path: string): Node {
  return { name, path, change: null, entry: null, children: new Map(), listed: null, size: null }
}

function model(at: Node): TreeNode {
  const { entry, change } = at
  const type = entry?.type ?? (at.children.size > 0 || change === null ? 'directory' : 'file')
  return {
    name: at.name,
    path: at.path,
    type,
    change,
    size: at.size,
    children: at.children.size,
    mode: entry?.mode ?? null,
    uid: entry?.uid ?? null,
    gid: entry?.gid ?? null,
    mtime: entry ? entry.mtime * 1000 : null,
    linkTarget: entry?.linkname || null,
  }
}

/** Fills in the sizes, from the files up to their directories. */
function sum(at: Node): number | null {
  if (at.children.size === 0 && at.entry?.type !== 'directory') at.size = fileSize(at.entry)
  else {
    let size = 0
    for (const child of at.children.values()) size += sum(child) ?? 0
    at.size = at.change === 'deleted' ? null : size
  }
  return at.size
}

function fileSize(entry: LayerEntry | null): number | null {
  return entry ? entry.size : null
}

function directoriesFirst(a: Node, b: Node): number {
  const first = Number(isDirectory(b)) - Number(isDirectory(a))
  return first !== 0 ? first : a.name < b.name ? -1 : 1
}

function isDirectory({ entry, children }: Node): boolean {
  return entry ? entry.type === 'directory' : children.size > 0
}
