/** Headers as bytes: ustar, with PAX records before it where ustar has no room. */
import { baseName, encodeName, parentPath } from './names'
import { formatRecord, formatTime } from './pax'
import { formatSparseHead } from './sparse'
import { BLOCK, TYPE_FLAGS } from './tar-fields'
import { OPAQUE_NAME, WHITEOUT_PREFIX } from './whiteouts'
import type { LayerEntry } from './types'

const MAX_7 = 0o7777777
const MAX_11 = 0o77777777777

/** Names of users and groups by their numbers; a tar shows them beside the numbers. */
export interface OwnerNames {
  users: ReadonlyMap<number, string>
  groups: ReadonlyMap<number, string>
}

/** Everything that stands before an entry's stored bytes; a multiple of 512 bytes. */
export function formatHeader(entry: LayerEntry, owners: OwnerNames | null = null): Buffer {
  const records: Buffer[] = []
  const record = (key: string, value: string | Buffer) =>
    records.push(formatRecord(key, typeof value === 'string' ? encodeName(value) : value))
  const hasContent = entry.type === 'file' && entry.whiteout === null
  const sparse = hasContent && entry.sparse ? formatSparseHead(entry.sparse, entry.size) : null
  const size = hasContent ? entry.stored + (sparse?.length ?? 0) : 0
  const name = tarName(entry)

  const header = Buffer.alloc(BLOCK)
  if (sparse) {
    record('GNU.sparse.major', '1')
    record('GNU.sparse.minor', '0')
    record('GNU.sparse.name', name)
    record('GNU.sparse.realsize', String(entry.size))
    putName(header, ascii(`GNUSparseFile.0/${baseName(name)}`))
  } else if (!putName(header, encodeName(name))) {
    record('path', name)
    putName(header, ascii(name))
  }
  const linkname = encodeName(entry.linkname)
  const plainLink = linkname.length <= 100 && isAscii(linkname)
  if (!plainLink) record('linkpath', linkname)
  const shownLink = plainLink ? linkname : ascii(entry.linkname)
  shownLink.copy(header, 157, 0, 100)

  octal(header, 100, 7, entry.mode & 0o7777)
  for (const [key, at, value] of [
    ['uid', 108, entry.uid],
    ['gid', 116, entry.gid],
  ] as const) {
    const fits = value >= 0 && value <= MAX_7
    if (!fits) record(key, String(value))
    octal(header, at, 7, fits ? value : 0)
  }
  putOwner(header, 265, entry.uid, owners?.users)
  putOwner(header, 297, entry.gid, owners?.groups)
  if (size > MAX_11) record('size', String(size))
  octal(header, 124, 11, size > MAX_11 ? 0 : size)
  const plainTime = entry.mtimeNsec === 0 && entry.mtime >= 0 && entry.mtime <= MAX_11
  if (!plainTime) record('mtime', formatTime(entry.mtime, entry.mtimeNsec))
  octal(header, 136, 11, plainTime ? entry.mtime : 0)
  header.write(entry.whiteout ? '0' : TYPE_FLAGS[entry.type], 156, 'latin1')
  if (entry.type === 'char' || entry.type === 'block') {
    octal(header, 329, 7, entry.devMajor)
    octal(header, 337, 7, entry.devMinor)
  }
  for (const [key, value] of entry.xattrs ?? []) record(`SCHILY.xattr.${key}`, value)

  seal(header)
  const before = records.length > 0 ? paxHeader(name, Buffer.concat(records)) : []
  return Buffer.concat([...before, header, ...(sparse ? [sparse] : [])])
}

/** Root is called so everywhere; a name that has no room or is not ASCII is left out. */
function putOwner(
  header: Buffer,
  at: number,
  id: number,
  names: ReadonlyMap<number, string> | undefined,
): void {
  const name = id === 0 ? 'root' : (names?.get(id) ?? '')
  if (/^[\x21-\x7e]{1,31}$/.test(name)) header.write(name, at, 'latin1')
}

/** The name as tars write it: directories with a slash, whiteouts with their marker. */
function tarName(entry: LayerEntry): string {
  const { path } = entry
  if (entry.whiteout === 'opaque') return path === '' ? OPAQUE_NAME : `${path}/${OPAQUE_NAME}`
  if (entry.whiteout === 'file') {
    const parent = parentPath(path)
    return `${parent === '' ? '' : `${parent}/`}${WHITEOUT_PREFIX}${baseName(path)}`
  }
  if (entry.type === 'directory') return path === '' ? './' : path === '/' ? path : `${path}/`
  return path
}

/** Puts a name into the name and prefix fields; false when it has to go into a PAX record. */
function putName(header: Buffer, name: Buffer): boolean {
  if (!isAscii(name)) return false
  if (name.length <= 100) {
    header.fill(0, 0, 100)
    name.copy(header, 0)
    return true
  }
  // The slash that parts prefix and name is written in neither.
  let slash = name.subarray(0, 156).lastIndexOf(0x2f)
  if (slash === name.length - 1) slash = name.subarray(0, slash).lastIndexOf(0x2f)
  if (slash <= 0 || name.length - slash - 1 > 100) {
    name.copy(header, 0, 0, 100)
    return false
  }
  header.fill(0, 0, 100)
  name.copy(header, 0, slash + 1)
  name.copy(header, 345, 0, slash)
  return true
}

function paxHeader(name: string, body: Buffer): Buffer[] {
  const header = Buffer.alloc(BLOCK)
  ascii(`PaxHeaders.0/${baseName(name.replace(/\/$/, ''))}`).copy(header, 0, 0, 100)
  octal(header, 100, 7, 0)
  octal(header, 108, 7, 0)
  octal(header, 116, 7, 0)
  octal(header, 124, 11, body.length)
  octal(header, 136, 11, 0)
  header.write('x', 156, 'latin1')
  seal(header)
  return [header, body, Buffer.alloc(padding(body.length))]
}

/** Bytes from the end of a content of this size to the next block. */
export function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK
}

function octal(header: Buffer, at: number, digits: number, value: number): void {
  header.write(value.toString(8).padStart(digits, '0'), at, 'latin1')
}

function seal(header: Buffer): void {
  header.write('ustar\x0000', 257, 'latin1')
  header.fill(0x20, 148, 156)
  let sum = 0
  for (const byte of header) sum += byte
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
}

function isAscii(bytes: Buffer): boolean {
  for (const byte of bytes) if (byte >= 0x80) return false
  return true
}

/** What a header shows where the real name stands in a record. */
function ascii(name: string): Buffer {
  return Buffer.from(name.replace(/[^\x20-\x7e]/g, '_').slice(0, 100), 'latin1')
}
