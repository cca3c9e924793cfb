/**
 * The index of a layer as one block of memory, which is also its file: a header, then columns with
 * one value for each node, then the bytes of all names, then records for what few nodes have.
 * Loading it is one read; a million nodes take 90 MB and no object each.
 *
 * Nodes stand in breadth-first order with the children of each directory together and sorted by the
 * bytes of their names, so that a page of children is a slice and a path is found by binary search.
 */
import type { FileType } from './types'

/** Changes whenever the layout or its meaning does; older files are made again. */
export const VERSION = 3
export const MAGIC = 0x31584d4c // "LMX1"
/** Bytes: magic, version, node count, names length, extras length, entries, checksum, reserved. */
export const HEADER = 32

export const TYPES: readonly FileType[] = [
  'file',
  'directory',
  'symlink',
  'hardlink',
  'char',
  'block',
  'fifo',
]
export const TYPE_CODE = Object.fromEntries(TYPES.map((type, code) => [type, code])) as Record<
  FileType,
  number
>
export const FILE = TYPE_CODE.file
export const DIRECTORY = TYPE_CODE.directory
export const HARDLINK = TYPE_CODE.hardlink

/** A directory that entries below it imply, without an entry of its own. */
export const IMPLIED = 1
/** Hides what the layers below have at this path. */
export const HIDES = 2
/** Hides what the layers below have in this directory. */
export const OPAQUE = 4
/** A whiteout and nothing else. */
export const ABSENT = 8
/** A hard link whose content was found in its own layer. */
export const LINKED = 16

export interface Columns {
  /** Of a hard link: 0. */
  size: Float64Array
  offset: Float64Array
  stored: Float64Array
  mtime: Float64Array
  /** Sizes of this node and everything below it. */
  total: Float64Array
  parent: Uint32Array
  first: Uint32Array
  count: Uint32Array
  nameAt: Uint32Array
  mtimeNsec: Uint32Array
  uid: Uint32Array
  gid: Uint32Array
  /** Place of the node's record in the extras, plus one; 0: none. */
  extra: Uint32Array
  nameLength: Uint16Array
  mode: Uint16Array
  type: Uint8Array
  flags: Uint8Array
}

/** Bytes of all columns for one node. */
export const NODE_SIZE = 5 * 8 + 8 * 4 + 2 * 2 + 2

/** The columns for `count` nodes in `memory` from `start`, which is a multiple of 8. */
export function layColumns(memory: ArrayBuffer, start: number, count: number): Columns {
  let at = start
  const take = (bytes: number) => {
    const from = at
    at += bytes * count
    return from
  }
  const f64 = () => new Float64Array(memory, take(8), count)
  const u32 = () => new Uint32Array(memory, take(4), count)
  const u16 = () => new Uint16Array(memory, take(2), count)
  const u8 = () => new Uint8Array(memory, take(1), count)
  return {
    size: f64(),
    offset: f64(),
    stored: f64(),
    mtime: f64(),
    total: f64(),
    parent: u32(),
    first: u32(),
    count: u32(),
    nameAt: u32(),
    mtimeNsec: u32(),
    uid: u32(),
    gid: u32(),
    extra: u32(),
    nameLength: u16(),
    mode: u16(),
    type: u8(),
    flags: u8(),
  }
}

/** What few nodes have, as JSON. */
export interface Extra {
  /** Link name. */
  l?: string
  /** Device numbers. */
  d?: [number, number]
  /** Extended attributes, base64. */
  x?: Record<string, string>
  /** Offsets and lengths in turn of a sparse file. */
  s?: number[]
  /** Size of the content that a hard link shares. */
  z?: number
}

/** Compares names by their bytes: negative, 0 or positive. */
export function compareBytes(
  a: Uint8Array,
  aStart: number,
  aLength: number,
  b: Uint8Array,
  bStart: number,
  bLength: number,
): number {
  const length = Math.min(aLength, bLength)
  for (let at = 0; at < length; at++) {
    const difference = (a[aStart + at] as number) - (b[bStart + at] as number)
    if (difference !== 0) return difference
  }
  return aLength - bLength
}
