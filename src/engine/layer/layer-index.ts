/** The files of one layer, read from the block that index-layout.ts describes. */
import { createHash } from 'node:crypto'
import {
  ABSENT,
  type Columns,
  compareBytes,
  type Extra,
  HARDLINK,
  HEADER,
  IMPLIED,
  FILE,
  HIDES,
  layColumns,
  LINKED,
  MAGIC,
  NODE_SIZE,
  OPAQUE,
  TYPES,
  VERSION,
} from './index-layout'
import { findPath } from './find-path'
import { decodeName } from './names'
import type { Change, FileType, LayerEntry, LayerIndex } from './types'

export class PackedIndex implements LayerIndex {
  readonly count: number
  readonly totals: LayerIndex['totals']
  readonly columns: Columns
  readonly names: Buffer
  readonly #memory: ArrayBuffer
  readonly #extras: Buffer

  /** Reads a block; null when it is not one of this version, or damaged. */
  static read(file: Buffer): PackedIndex | null {
    if (file.length < HEADER) return null
    const header = new DataView(file.buffer, file.byteOffset, HEADER)
    const word = (index: number) => header.getUint32(index * 4, true)
    const length = HEADER + word(2) * NODE_SIZE + word(3) + word(4)
    if (word(0) !== MAGIC || word(1) !== VERSION || file.length !== length) return null
    if (word(2) === 0 || checksum(file) !== word(6)) return null
    const aligned = file.byteOffset === 0 && file.buffer instanceof ArrayBuffer
    const memory = aligned
      ? (file.buffer as ArrayBuffer)
      : (new Uint8Array(file).buffer as ArrayBuffer)
    return new PackedIndex(memory, length)
  }

  /** `memory` is complete but for the checksum (index-builder.ts). */
  constructor(memory: ArrayBuffer, length: number) {
    const header = new DataView(memory, 0, HEADER)
    this.#memory = memory.byteLength === length ? memory : memory.slice(0, length)
    this.count = header.getUint32(8, true)
    const namesAt = HEADER + this.count * NODE_SIZE
    const extrasAt = namesAt + header.getUint32(12, true)
    this.columns = layColumns(this.#memory, HEADER, this.count)
    this.names = Buffer.from(this.#memory, namesAt, extrasAt - namesAt)
    this.#extras = Buffer.from(this.#memory, extrasAt, header.getUint32(16, true))
    this.totals = {
      entries: header.getUint32(20, true),
      bytes: this.columns.total[0] as number,
      added: 0,
      changed: 0,
      deleted: 0,
    }
  }

  serialize(): Buffer {
    const file = Buffer.from(this.#memory)
    file.writeUInt32LE(checksum(file), 24)
    return file
  }

  find(path: string): number {
    return findPath(this, path)
  }

  /** The child of this name, or -1. */
  findChild(node: number, names: Uint8Array, at: number, length: number): number {
    const { first, count, nameAt, nameLength } = this.columns
    let low = first[node] as number
    let high = low + (count[node] as number)
    while (low < high) {
      const middle = (low + high) >>> 1
      const order = compareBytes(
        this.names,
        nameAt[middle] as number,
        nameLength[middle] as number,
        names,
        at,
        length,
      )
      if (order === 0) return middle
      if (order < 0) low = middle + 1
      else high = middle
    }
    return -1
  }

  firstChild(node: number): number {
    return this.columns.first[node] as number
  }

  childCount(node: number): number {
    return this.columns.count[node] as number
  }

  parent(node: number): number {
    return node === 0 ? -1 : (this.columns.parent[node] as number)
  }

  name(node: number): string {
    const at = this.columns.nameAt[node] as number
    return decodeName(this.names, at, at + (this.columns.nameLength[node] as number))
  }

  path(node: number): string {
    const parts: string[] = []
    for (let at = node; at > 0; at = this.columns.parent[at] as number) parts.push(this.name(at))
    return parts.reverse().join('/')
  }

  type(node: number): FileType {
    return TYPES[this.columns.type[node] as number] as FileType
  }

  bytes(node: number): number {
    return this.columns.total[node] as number
  }

  change(): Change | null {
    return null
  }

  source(node: number): { layer: number; node: number } {
    return { layer: 0, node }
  }

  isImplied(node: number): boolean {
    return this.#has(node, IMPLIED)
  }

  hidesPath(node: number): boolean {
    return this.#has(node, HIDES)
  }

  isOpaque(node: number): boolean {
    return this.#has(node, OPAQUE)
  }

  entry(node: number): LayerEntry {
    const c = this.columns
    const extra = this.#extra(node)
    const link = c.type[node] === HARDLINK
    return {
      path: this.path(node),
      type: this.type(node),
      mode: c.mode[node] as number,
      uid: c.uid[node] as number,
      gid: c.gid[node] as number,
      size: c.size[node] as number,
      mtime: c.mtime[node] as number,
      mtimeNsec: c.mtimeNsec[node] as number,
      linkname: extra.l ?? '',
      devMajor: extra.d?.[0] ?? 0,
      devMinor: extra.d?.[1] ?? 0,
      xattrs: extra.x ? decodeXattrs(extra.x) : null,
      offset: link ? 0 : (c.offset[node] as number),
      stored: link ? 0 : (c.stored[node] as number),
      sparse: link ? null : sparseOf(extra),
      whiteout: this.#has(node, ABSENT) ? 'file' : null,
    }
  }

  content(node: number): { layer: number; entry: LayerEntry } | null {
    const type = this.columns.type[node]
    if (this.#has(node, ABSENT)) return null
    if (type === FILE) return { layer: 0, entry: this.entry(node) }
    if (type !== HARDLINK || !this.#has(node, LINKED)) return null
    const extra = this.#extra(node)
    return {
      layer: 0,
      entry: {
        ...this.entry(node),
        type: 'file',
        linkname: '',
        size: extra.z ?? 0,
        offset: this.columns.offset[node] as number,
        stored: this.columns.stored[node] as number,
        sparse: sparseOf(extra),
      },
    }
  }

  #has(node: number, flag: number): boolean {
    return ((this.columns.flags[node] as number) & flag) !== 0
  }

  #extra(node: number): Extra {
    const at = this.columns.extra[node] as number
    if (at === 0) return {}
    const length = this.#extras.readUInt32LE(at - 1)
    return JSON.parse(this.#extras.toString('utf8', at + 3, at + 3 + length)) as Extra
  }
}

/** Tells a torn or damaged file from a whole one. (The processor knows sha256, and no CRC-32.) */
function checksum(file: Buffer): number {
  return createHash('sha256').update(file.subarray(HEADER)).digest().readUInt32LE(0)
}

function sparseOf(extra: Extra): LayerEntry['sparse'] {
  if (!extra.s) return null
  const chunks: { offset: number; length: number }[] = []
  for (let at = 0; at < extra.s.length; at += 2) {
    chunks.push({ offset: extra.s[at] as number, length: extra.s[at + 1] as number })
  }
  return chunks
}

function decodeXattrs(xattrs: Record<string, string>): Map<string, Buffer> {
  return new Map(
    Object.entries(xattrs).map(([name, value]) => [name, Buffer.from(value, 'base64')]),
  )
}
