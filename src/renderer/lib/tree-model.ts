import type { TreeNode, TreePage } from '@shared/models'

/** A row of the tree as it is drawn; `node` is null while its page is on the way. */
export interface TreeRow {
  depth: number
  expanded: boolean
  /** Place among its siblings, from 0, and how many there are. */
  place: number
  siblings: number
  node: TreeNode | null
}

interface Folder {
  path: string
  depth: number
  parent: Folder | null
  /** Place among the parent's children. */
  place: number
  total: number
  expanded: boolean
  pages: Map<number, TreeNode[]>
  loading: Set<number>
  /** Opened at least once, by place; `open` lists the expanded ones in order. */
  folders: Map<number, Folder>
  open: number[]
  /** Rows below this folder that are in the list: its children and those of open folders. */
  rows: number
}

export type FetchPage = (path: string, offset: number, limit: number) => Promise<TreePage>

export const PAGE_SIZE = 200
/** Rows that are drawn empty and filled a moment later are drawn twice: so long a folder waits, ms. */
const PATIENCE = 80

/**
 * A tree of any size of which only the pages in view are held. Rows are numbered from top to bottom;
 * finding one costs as much as there are open folders, not files.
 */
export class TreeModel {
  private readonly root: Folder

  /** `onChange` is told after every change of the rows; `onError` when a page does not come. */
  constructor(
    private readonly fetchPage: FetchPage,
    private readonly onChange: () => void,
    private readonly onError: (thrown: unknown) => void,
  ) {
    this.root = newFolder('', -1, null, 0, 0)
    this.root.expanded = true
  }

  get count(): number {
    return this.root.rows
  }

  /** Loads the first page of the root. */
  async start(): Promise<void> {
    await this.load(this.root, 0)
  }

  rowAt(index: number): TreeRow | null {
    const found = this.find(index)
    if (!found) return null
    const { folder, place } = found
    const node = nodeOf(folder, place)
    return {
      depth: folder.depth + 1,
      expanded: folder.folders.get(place)?.expanded ?? false,
      place,
      siblings: folder.total,
      node,
    }
  }

  /** Asks for the pages that hold these rows and are not here yet. */
  ensure(start: number, end: number): void {
    for (let index = start; index < end; index++) {
      const found = this.find(index)
      if (!found || nodeOf(found.folder, found.place)) continue
      void this.load(found.folder, pageOf(found.place))
    }
  }

  /** Opens the folder in a row, with its first page unless that takes long. */
  async expand(index: number): Promise<void> {
    const found = this.find(index)
    const node = found && nodeOf(found.folder, found.place)
    if (!node || node.children === 0) return
    const { folder: parent, place } = found
    let folder = parent.folders.get(place)
    if (!folder) {
      folder = newFolder(node.path, parent.depth + 1, parent, place, node.children)
      parent.folders.set(place, folder)
    }
    const loaded = this.load(folder, 0)
    await Promise.race([loaded, new Promise((resolve) => setTimeout(resolve, PATIENCE))])
    if (!folder.expanded) {
      folder.expanded = true
      parent.open = insertSorted(parent.open, place)
      grow(parent, folder.rows)
      this.onChange()
    }
    await loaded
  }

  collapse(index: number): void {
    const found = this.find(index)
    const folder = found?.folder.folders.get(found.place)
    if (!folder?.expanded || !found) return
    folder.expanded = false
    found.folder.open = found.folder.open.filter((place) => place !== found.place)
    grow(found.folder, -folder.rows)
    this.onChange()
  }

  /** The row of the folder that holds this row, or -1 at the top. */
  parentOf(index: number): number {
    const found = this.find(index)
    return found?.folder.parent ? this.indexOf(found.folder) : -1
  }

  /**
   * Opens folders from the top as long as the rows stay within `budget`, so that a small tree is
   * seen at once.
   */
  async expandSmall(budget: number): Promise<void> {
    for (let index = 0; index < this.count && index < budget; index++) {
      const row = this.rowAt(index)
      if (!row?.node || row.expanded || row.node.children === 0) continue
      if (this.count + row.node.children <= budget) await this.expand(index)
    }
  }

  private async load(folder: Folder, page: number): Promise<void> {
    if (folder.pages.has(page) || folder.loading.has(page)) return
    folder.loading.add(page)
    try {
      const { nodes, total } = await this.fetchPage(folder.path, page * PAGE_SIZE, PAGE_SIZE)
      folder.pages.set(page, nodes)
      if (total !== folder.total) {
        const more = total - folder.total
        folder.total = total
        folder.rows += more
        if (folder.expanded && folder.parent) grow(folder.parent, more)
      }
      if (folder.expanded) this.onChange()
    } catch (thrown) {
      this.onError(thrown)
    } finally {
      folder.loading.delete(page)
    }
  }

  private find(index: number): { folder: Folder; place: number } | null {
    if (index < 0 || index >= this.count) return null
    let folder = this.root
    let rest = index
    for (;;) {
      let passed = 0
      let inside: Folder | null = null
      for (const place of folder.open) {
        const row = place + passed
        if (rest <= row) break
        const child = folder.folders.get(place) as Folder
        if (rest <= row + child.rows) {
          rest -= row + 1
          inside = child
          break
        }
        passed += child.rows
      }
      if (!inside) return { folder, place: rest - passed }
      folder = inside
    }
  }

  private indexOf(folder: Folder): number {
    const { parent, place } = folder
    if (!parent) return -1
    let index = this.indexOf(parent) + 1 + place
    for (const before of parent.open) {
      if (before >= place) break
      index += parent.folders.get(before)?.rows ?? 0
    }
    return index
  }
}

function newFolder(
  path: string,
  depth: number,
  parent: Folder | null,
  place: number,
  total: number,
): Folder {
  return {
    path,
    depth,
    parent,
    place,
    total,
    expanded: false,
    pages: new Map(),
    loading: new Set(),
    folders: new Map(),
    open: [],
    rows: total,
  }
}

/** Adds rows to a folder and to all that show it. */
function grow(folder: Folder, rows: number): void {
  for (let each: Folder | null = folder; each; each = each.expanded ? each.parent : null) {
    each.rows += rows
  }
}

function nodeOf(folder: Folder, place: number): TreeNode | null {
  return folder.pages.get(pageOf(place))?.[place % PAGE_SIZE] ?? null
}

function pageOf(place: number): number {
  return Math.floor(place / PAGE_SIZE)
}

function insertSorted(places: readonly number[], place: number): number[] {
  return [...places, place].sort((a, b) => a - b)
}
