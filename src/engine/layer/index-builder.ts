/**
 * Makes the index of a layer from its entries in the order of its tar, as if they were unpacked one
 * after another into an empty root: a later entry replaces an earlier one of the same path, symlinks
 * of this layer are followed on the way to an entry's folder, never out of the root.
 */
import { corrupted } from './tar-fields'
import {
  ABSENT,
  type Columns,
  compareBytes,
  DIRECTORY,
  type Extra,
  FILE,
  HARDLINK,
  HEADER,
  HIDES,
  IMPLIED,
  layColumns,
  LINKED,
  MAGIC,
  NODE_SIZE,
  OPAQUE,
  TYPE_CODE,
  VERSION,
} from './index-layout'
import { PackedIndex } from './layer-index'
import { baseName, MAX_HOPS, parentPath } from './names'
import { GrowingTable, NONE } from './growing-table'
import type { LayerEntry, LayerIndex } from './types'
import { readWhiteout } from './whiteouts'

/** More entries than this in one layer are taken for an attack on the memory. */
const MAX_ENTRIES = 16_000_000

export class LayerIndexBuilder {
  readonly #table = new GrowingTable()
  readonly #extras = new Map<number, Extra>()
  /** Entries often share their folder with the one before. */
  #lastFolder = ''
  #lastFolderNode = 0

  constructor() {
    this.#imply(this.#table.add(0, '', 0))
  }

  /** Takes an entry as it stands in the tar: markers are read as whiteouts. */
  addTarEntry(entry: LayerEntry): void {
    const read = readWhiteout(entry)
    if (read) this.add(read)
  }

  /** Takes an entry whose whiteout is set. Throws `archive_corrupted` where links never end. */
  add(entry: LayerEntry): void {
    const { flags } = this.#table
    if (this.#table.count > MAX_ENTRIES) throw corrupted('it has too many entries')
    if (entry.whiteout === 'opaque') {
      const folder = this.#folder(entry.path)
      flags[folder] = (flags[folder] as number) | OPAQUE
      return
    }
    if (entry.path === '') {
      if (entry.type === 'directory') this.#set(0, entry)
      return
    }
    const node = this.#childOrNew(this.#folder(parentPath(entry.path)), baseName(entry.path))
    if (entry.whiteout === 'file') this.#hide(node)
    else this.#put(node, entry)
  }

  /** The index of everything added. The builder is not to be used afterwards. */
  build(): LayerIndex {
    const order = this.#sortedOrder()
    const count = order.length
    const table = this.#table
    const extras = this.#packExtras(order)
    let namesLength = 0
    for (const node of order) namesLength += table.nameLength[node] as number
    const memory = new ArrayBuffer(HEADER + count * NODE_SIZE + namesLength + extras.bytes.length)
    const columns = layColumns(memory, HEADER, count)
    const names = Buffer.from(memory, HEADER + count * NODE_SIZE, namesLength)
    let entries = 0
    let nameAt = 0
    const place = new Uint32Array(table.count)
    order.forEach((old, node) => {
      place[old] = node
      const length = table.nameLength[old] as number
      table.copyName(old, names, nameAt)
      columns.nameAt[node] = nameAt
      nameAt += length
      columns.nameLength[node] = length
      columns.size[node] = columns.total[node] = table.size[old] as number
      columns.offset[node] = table.offset[old] as number
      columns.stored[node] = table.stored[old] as number
      columns.mtime[node] = table.mtime[old] as number
      columns.mtimeNsec[node] = table.mtimeNsec[old] as number
      columns.uid[node] = table.uid[old] as number
      columns.gid[node] = table.gid[old] as number
      columns.mode[node] = table.mode[old] as number
      columns.type[node] = table.type[old] as number
      columns.flags[node] = table.flags[old] as number
      columns.parent[node] = place[table.parent[old] as number] as number
      columns.extra[node] = extras.places.get(old) ?? 0
      if (node > 0 && ((table.flags[old] as number) & ABSENT) === 0) entries++
    })
    sumUp(columns, count)
    const header = new DataView(memory, 0, HEADER)
    const words = [MAGIC, VERSION, count, namesLength, extras.bytes.length, entries]
    words.forEach((word, index) => header.setUint32(index * 4, word, true))
    extras.bytes.copy(Buffer.from(memory, HEADER + count * NODE_SIZE + namesLength))
    return new PackedIndex(memory, memory.byteLength)
  }

  /** Breadth first, children sorted by the bytes of their names. */
  #sortedOrder(): Uint32Array {
    const { count, firstChild, sibling, nameAt, nameLength } = this.#table
    const names = this.#table.names
    const order = new Uint32Array(count)
    let length = 1
    for (let at = 0; at < length; at++) {
      const start = length
      let child = firstChild[order[at] as number] as number
      for (; child !== NONE; child = sibling[child] as number) order[length++] = child
      if (length - start < 2) continue
      order
        .subarray(start, length)
        .sort((a, b) =>
          compareBytes(
            names,
            nameAt[a] as number,
            nameLength[a] as number,
            names,
            nameAt[b] as number,
            nameLength[b] as number,
          ),
        )
    }
    return order.subarray(0, length)
  }

  #packExtras(order: Uint32Array): { bytes: Buffer; places: Map<number, number> } {
    const parts: Buffer[] = []
    const places = new Map<number, number>()
    let at = 0
    if (this.#extras.size > 0) {
      for (const node of order) {
        const extra = this.#extras.get(node)
        if (!extra) continue
        const text = Buffer.from(JSON.stringify(extra))
        const length = Buffer.alloc(4)
        length.writeUInt32LE(text.length)
        places.set(node, at + 1)
        parts.push(length, text)
        at += 4 + text.length
      }
    }
    return { bytes: Buffer.concat(parts), places }
  }

  #hide(node: number): void {
    const { flags, type } = this.#table
    if (this.#isBare(node)) {
      flags[node] = ABSENT
      type[node] = FILE
    }
    flags[node] = (flags[node] as number) | HIDES
  }

  #put(node: number, entry: LayerEntry): void {
    const { flags, type } = this.#table
    const replaces = !this.#isBare(node) && ((flags[node] as number) & ABSENT) === 0
    if (replaces && type[node] === DIRECTORY && entry.type !== 'directory') {
      this.#table.dropChildren(node)
      flags[node] = (flags[node] as number) & ~OPAQUE
    }
    // The file took away whatever was below it, in the lower layers as well.
    if (replaces && type[node] !== DIRECTORY && entry.type === 'directory') {
      flags[node] = (flags[node] as number) | HIDES
    }
    if (replaces) this.#forgetFolder()
    if (entry.type === 'hardlink') this.#link(node, entry)
    else this.#set(node, entry)
  }

  #set(node: number, entry: LayerEntry): void {
    const t = this.#table
    t.flags[node] = (t.flags[node] as number) & (HIDES | OPAQUE)
    t.type[node] = TYPE_CODE[entry.type]
    t.mode[node] = entry.mode
    t.uid[node] = ownerId(entry.uid)
    t.gid[node] = ownerId(entry.gid)
    t.mtime[node] = entry.mtime
    t.mtimeNsec[node] = entry.mtimeNsec
    const file = entry.type === 'file'
    t.size[node] = file ? entry.size : 0
    t.offset[node] = file ? entry.offset : 0
    t.stored[node] = file ? entry.stored : 0
    const extra: Extra = {}
    if (entry.linkname !== '') extra.l = entry.linkname
    if (entry.type === 'char' || entry.type === 'block') extra.d = [entry.devMajor, entry.devMinor]
    if (entry.sparse) extra.s = entry.sparse.flatMap(({ offset, length }) => [offset, length])
    if (entry.xattrs && entry.xattrs.size > 0) {
      extra.x = Object.fromEntries(
        [...entry.xattrs].map(([name, value]) => [name, value.toString('base64')]),
      )
    }
    if (Object.keys(extra).length > 0) this.#extras.set(node, extra)
    else this.#extras.delete(node)
  }

  /**
   * A hard link is its target, as that is now and whatever becomes of its path later: it shares the
   * content, the mode and the owner. Where the target is in no earlier entry it keeps its own.
   */
  #link(node: number, entry: LayerEntry): void {
    const t = this.#table
    const target = this.#findTarget(entry.linkname)
    const known = target > 0 && target !== node && ((t.flags[target] as number) & ABSENT) === 0
    if (!known || t.type[target] === DIRECTORY || t.type[target] === NO_TYPE) {
      this.#set(node, entry)
      return
    }
    const shared = this.#extras.get(target)
    const isFile = t.type[target] === FILE
    const linked = isFile || ((t.flags[target] as number) & LINKED) !== 0
    // A link to a symlink, a device or a pipe is one more of them.
    const type = isFile ? HARDLINK : (t.type[target] as number)
    const extra: Extra = { ...shared }
    if (type === HARDLINK) {
      // One whose target lies in a lower layer leads there, whatever it is called here.
      if (linked) extra.l = entry.linkname
      if (isFile) extra.z = t.size[target] as number
    }
    const kept = (t.flags[node] as number) & (HIDES | OPAQUE)
    t.flags[node] = kept | (linked ? LINKED : 0)
    t.type[node] = type
    t.size[node] = 0
    for (const column of [t.mode, t.uid, t.gid, t.mtime, t.mtimeNsec, t.offset, t.stored]) {
      column[node] = column[target] as number
    }
    if (Object.keys(extra).length > 0) this.#extras.set(node, extra)
    else this.#extras.delete(node)
  }

  #findTarget(path: string): number {
    if (path === '') return -1
    const folder = this.#walk(parentPath(path), false)
    return folder < 0 ? -1 : this.#table.child(folder, baseName(path))
  }

  #folder(path: string): number {
    if (path === this.#lastFolder) return this.#lastFolderNode
    const node = this.#walk(path, true)
    this.#lastFolder = path
    this.#lastFolderNode = node
    return node
  }

  /** The directory at a path, symlinks followed; missing parts are made, or -1 is returned. */
  #walk(path: string, make: boolean): number {
    let node = 0
    let hops = 0
    const left = path === '' ? [] : path.split('/').reverse()
    for (let part = left.pop(); part !== undefined; part = left.pop()) {
      if (part === '' || part === '.') continue
      if (part === '..') {
        node = this.#table.parent[node] as number
        continue
      }
      const child = make ? this.#childOrNew(node, part) : this.#table.child(node, part)
      if (child < 0) return -1
      const absent = ((this.#table.flags[child] as number) & ABSENT) !== 0
      const type = this.#table.type[child]
      if (!absent && type === TYPE_CODE.symlink) {
        if (++hops > MAX_HOPS) throw corrupted('symbolic links never end')
        const target = this.#extras.get(child)?.l ?? ''
        if (target.startsWith('/')) node = 0
        left.push(...target.split('/').reverse())
        continue
      }
      if (absent || type !== DIRECTORY || this.#isBare(child)) {
        if (!make) return -1
        this.#imply(child)
      }
      node = child
    }
    return node
  }

  #childOrNew(parent: number, name: string): number {
    const found = this.#table.child(parent, name)
    if (found >= 0) return found
    const node = this.#table.add(parent, name, this.#table.count)
    this.#table.type[node] = NO_TYPE
    return node
  }

  /** Made on the way to something, and not yet anything itself. */
  #isBare(node: number): boolean {
    return this.#table.type[node] === NO_TYPE
  }

  #imply(node: number): void {
    const t = this.#table
    t.flags[node] = ((t.flags[node] as number) & (HIDES | OPAQUE)) | IMPLIED
    t.type[node] = DIRECTORY
    t.mode[node] = 0o755
    t.size[node] = t.offset[node] = t.stored[node] = 0
    t.uid[node] = t.gid[node] = t.mtime[node] = t.mtimeNsec[node] = 0
    this.#extras.delete(node)
  }

  #forgetFolder(): void {
    this.#lastFolder = ''
    this.#lastFolderNode = 0
  }
}

const NO_TYPE = 255

/** Linux has 32 bits for an owner; whoever cannot be one is nobody. */
function ownerId(id: number): number {
  return id >= 0 && id <= 0xffffffff ? id : 65_534
}

/** Sets where the children of each node are, and adds sizes up to the root. */
function sumUp({ parent, first, count: children, total }: Columns, count: number): void {
  for (let node = count - 1; node > 0; node--) {
    const up = parent[node] as number
    first[up] = node
    children[up] = (children[up] as number) + 1
    total[up] = (total[up] as number) + (total[node] as number)
  }
}
