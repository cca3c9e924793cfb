/** Nodes while an index is being built: columns that grow, and a hash from (folder, name) to node. */
import { corrupted } from './tar-fields'
import { encodeName } from './names'

/** No node. */
export const NONE = 0xffffffff

const MAX_NAME = 0xffff
const MAX_NAMES = 0xf0000000

export class GrowingTable {
  count = 0
  size: Float64Array = new Float64Array(64)
  offset: Float64Array = new Float64Array(64)
  stored: Float64Array = new Float64Array(64)
  mtime: Float64Array = new Float64Array(64)
  parent: Uint32Array = new Uint32Array(64)
  firstChild: Uint32Array = new Uint32Array(64)
  sibling: Uint32Array = new Uint32Array(64)
  nameAt: Uint32Array = new Uint32Array(64)
  nameLength: Uint16Array = new Uint16Array(64)
  mtimeNsec: Uint32Array = new Uint32Array(64)
  uid: Uint32Array = new Uint32Array(64)
  gid: Uint32Array = new Uint32Array(64)
  mode: Uint16Array = new Uint16Array(64)
  type: Uint8Array = new Uint8Array(64)
  flags: Uint8Array = new Uint8Array(64)
  names = Buffer.allocUnsafeSlow(1024)
  #namesLength = 0
  /** Node + 1 by hash, with linear probing; 0: free. Twice as long as the columns at least. */
  #slots: Uint32Array = new Uint32Array(128)

  /** A new node, linked into its folder. The root is its own parent. */
  add(parent: number, name: string, node = this.count): number {
    if (this.count === this.size.length) this.#grow()
    const at = this.#namesLength
    const length = this.#write(name)
    this.#namesLength += length
    this.count++
    this.nameAt[node] = at
    this.nameLength[node] = length
    this.parent[node] = parent
    this.firstChild[node] = NONE
    this.sibling[node] = NONE
    this.flags[node] = 0
    if (node === parent) return node
    this.sibling[node] = this.firstChild[parent] as number
    this.firstChild[parent] = node
    this.#slots[this.#slot(parent, at, length)] = node + 1
    return node
  }

  /** The child of that name, or -1. */
  child(parent: number, name: string): number {
    // The name is written behind the others for the search, and not kept.
    const length = this.#write(name)
    return (this.#slots[this.#slot(parent, this.#namesLength, length)] as number) - 1
  }

  /** Takes everything below a node away. */
  dropChildren(node: number): void {
    const open = [node]
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      let child = this.firstChild[at] as number
      this.firstChild[at] = NONE
      while (child !== NONE) {
        open.push(child)
        // It stays in the hash, under a parent that no search comes from.
        this.parent[child] = NONE
        child = this.sibling[child] as number
      }
    }
  }

  copyName(node: number, target: Buffer, at: number): void {
    const from = this.nameAt[node] as number
    const length = this.nameLength[node] as number
    for (let index = 0; index < length; index++) {
      target[at + index] = this.names[from + index] as number
    }
  }

  /** Where the node of that name is in the hash, or the free place for it. */
  #slot(parent: number, at: number, length: number): number {
    const mask = this.#slots.length - 1
    const names = this.names
    let slot = this.#hash(parent, at, length) & mask
    for (; ; slot = (slot + 1) & mask) {
      const node = (this.#slots[slot] as number) - 1
      if (node < 0) return slot
      if (this.parent[node] !== parent || this.nameLength[node] !== length) continue
      const from = this.nameAt[node] as number
      let same = 0
      while (same < length && names[from + same] === names[at + same]) same++
      if (same === length) return slot
    }
  }

  /** FNV-1a, begun with the parent. */
  #hash(parent: number, at: number, length: number): number {
    let hash = Math.imul(parent + 1, 0x9e3779b1)
    for (let index = at; index < at + length; index++) {
      hash = Math.imul(hash ^ (this.names[index] as number), 0x01000193)
    }
    return (hash ^ (hash >>> 15)) >>> 0
  }

  /** Writes a name behind the last one; its length in bytes. */
  #write(name: string): number {
    const at = this.#namesLength
    if (name.length > MAX_NAME || at > MAX_NAMES) throw corrupted('a name is too long')
    if (at + name.length * 3 > this.names.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(this.names.length * 2, at + name.length * 3))
      this.names.copy(larger, 0, 0, at)
      this.names = larger
    }
    for (let index = 0; index < name.length; index++) {
      const code = name.charCodeAt(index)
      if (code >= 0x80) {
        const bytes = encodeName(name)
        if (bytes.length > MAX_NAME) throw corrupted('a name is too long')
        return bytes.copy(this.names, at)
      }
      this.names[at + index] = code
    }
    return name.length
  }

  #grow(): void {
    const length = this.size.length * 2
    const f64 = (old: Float64Array) => copyInto(new Float64Array(length), old)
    const u32 = (old: Uint32Array) => copyInto(new Uint32Array(length), old)
    const u16 = (old: Uint16Array) => copyInto(new Uint16Array(length), old)
    const u8 = (old: Uint8Array) => copyInto(new Uint8Array(length), old)
    this.size = f64(this.size)
    this.offset = f64(this.offset)
    this.stored = f64(this.stored)
    this.mtime = f64(this.mtime)
    this.parent = u32(this.parent)
    this.firstChild = u32(this.firstChild)
    this.sibling = u32(this.sibling)
    this.nameAt = u32(this.nameAt)
    this.nameLength = u16(this.nameLength)
    this.mtimeNsec = u32(this.mtimeNsec)
    this.uid = u32(this.uid)
    this.gid = u32(this.gid)
    this.mode = u16(this.mode)
    this.type = u8(this.type)
    this.flags = u8(this.flags)
    this.#slots = new Uint32Array(length * 2)
    for (let node = 0; node < this.count; node++) {
      const parent = this.parent[node] as number
      if (parent === node || parent === NONE) continue
      const at = this.nameAt[node] as number
      this.#slots[this.#slot(parent, at, this.nameLength[node] as number)] = node + 1
    }
  }
}

function copyInto<T extends { set(source: T): void }>(target: T, source: T): T {
  target.set(source)
  return target
}
