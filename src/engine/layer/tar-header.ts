/** One 512-byte header, with what came before it for it: V7, ustar, GNU, star and PAX. */
import type { PaxRecords } from './pax'
import { cleanPath, decodeName } from './names'
import { BLOCK, checksumHolds, corrupted, parseNumber, textEnd } from './tar-fields'
import type { FileType, LayerEntry } from './types'

/** What the extension headers before an entry said. */
export interface Pending {
  pax: PaxRecords | null
  longName: string | null
  longLink: string | null
}

/** Type flags; the extension headers and the entries that carry no file are told apart by them. */
export const FLAG = {
  pax: 0x78, // x
  paxGlobal: 0x67, // g
  longName: 0x4c, // L
  longLink: 0x4b, // K
  sparse: 0x53, // S
} as const

const TYPES = new Map<number, FileType>([
  [0, 'file'],
  [0x30, 'file'],
  [0x37, 'file'],
  [FLAG.sparse, 'file'],
  [0x31, 'hardlink'],
  [0x32, 'symlink'],
  [0x33, 'char'],
  [0x34, 'block'],
  [0x35, 'directory'],
  [0x44, 'directory'], // D: GNU's directory with a list of its files
  [0x36, 'fifo'],
])

/** Longest path that is believed, in characters. */
const MAX_PATH = 32 * 1024

/** The type flag of the header at `at`; throws `archive_corrupted` when its checksum is wrong. */
export function typeFlag(bytes: Buffer, at: number): number {
  if (!checksumHolds(bytes, at)) throw corrupted('a header has a wrong checksum')
  return bytes[at + 156] as number
}

export function headerSize(bytes: Buffer, at: number): number {
  const size = parseNumber(bytes, at + 124, 12)
  if (size < 0) throw corrupted('a size is negative')
  return size
}

/** The entry of the header at `at`. `offset` and `stored` are for the scanner to fill in. */
export function parseHeader(bytes: Buffer, at: number, flag: number, pending: Pending): LayerEntry {
  let type = TYPES.get(flag)
  if (type === undefined) throw corrupted(`an entry of unknown type ${flag}`)
  const { pax } = pending
  const name = pax?.sparse?.name ?? pax?.path ?? pending.longName ?? headerName(bytes, at)
  if (flag === 0 && name.endsWith('/')) type = 'directory'
  const path = cleanPath(name)
  const link = type === 'hardlink' || type === 'symlink'
  const linkname = link ? (pax?.linkpath ?? pending.longLink ?? field(bytes, at + 157, 100)) : ''
  if (path.length > MAX_PATH || linkname.length > MAX_PATH) throw corrupted('a path is too long')
  const size = type === 'file' ? (pax?.size ?? headerSize(bytes, at)) : 0
  if (size < 0) throw corrupted('a size is negative')
  const device = type === 'char' || type === 'block'
  return {
    path,
    type,
    mode: parseNumber(bytes, at + 100, 8) & 0o7777,
    uid: pax?.uid ?? parseNumber(bytes, at + 108, 8),
    gid: pax?.gid ?? parseNumber(bytes, at + 116, 8),
    size,
    mtime: pax?.mtime?.seconds ?? parseNumber(bytes, at + 136, 12),
    mtimeNsec: pax?.mtime?.nanoseconds ?? 0,
    linkname: type === 'hardlink' ? cleanPath(linkname) : linkname,
    devMajor: device ? parseNumber(bytes, at + 329, 8) : 0,
    devMinor: device ? parseNumber(bytes, at + 337, 8) : 0,
    xattrs: pax?.xattrs ?? null,
    offset: 0,
    stored: size,
    sparse: null,
    whiteout: null,
  }
}

/** The name in the header, with the prefix of the formats that have one. */
function headerName(bytes: Buffer, at: number): string {
  const name = field(bytes, at, 100)
  const magic = bytes.toString('latin1', at + 257, at + 265)
  if (magic !== 'ustar\x0000') return name
  const star = bytes.toString('latin1', at + 508, at + BLOCK) === 'tar\0'
  const prefix = field(bytes, at + 345, star ? 131 : 155)
  return prefix === '' ? name : `${prefix}/${name}`
}

function field(bytes: Buffer, at: number, length: number): string {
  return decodeName(bytes, at, textEnd(bytes, at, length))
}
