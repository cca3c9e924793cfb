/** PAX extended headers: records of `LENGTH KEY=VALUE\n` (pax(1), "pax Header Block"). */
import { decodeName, encodeName } from './names'
import { corrupted } from './tar-fields'

/** What the records before an entry say; a field that is missing leaves the header's. */
export interface PaxRecords {
  path?: string
  linkpath?: string
  size?: number
  uid?: number
  gid?: number
  mtime?: { seconds: number; nanoseconds: number }
  xattrs?: Map<string, Buffer>
  sparse?: {
    major: number
    minor: number
    name?: string
    size?: number
    /** Offsets and lengths in turn, of the formats 0.0 and 0.1. */
    list: string[]
  }
}

const XATTR = 'SCHILY.xattr.'
/** Longest record length that is believed, in digits. */
const MAX_DIGITS = 8

export function parsePax(bytes: Buffer): PaxRecords {
  const records: PaxRecords = {}
  for (let at = 0; at < bytes.length;) {
    // Some writers pad the block with NULs.
    if (bytes[at] === 0) break
    const space = bytes.indexOf(0x20, at)
    if (space < 0 || space - at > MAX_DIGITS) throw corrupted('a PAX record has no length')
    const digits = bytes.toString('latin1', at, space)
    const end = at + Number(digits)
    if (!/^\d+$/.test(digits) || end <= space || end > bytes.length || bytes[end - 1] !== 0x0a) {
      throw corrupted('a PAX record has a wrong length')
    }
    const equals = bytes.indexOf(0x3d, space)
    if (equals < 0 || equals >= end) throw corrupted('a PAX record has no value')
    take(records, bytes.toString('latin1', space + 1, equals), bytes.subarray(equals + 1, end - 1))
    at = end
  }
  return records
}

function take(records: PaxRecords, key: string, value: Buffer): void {
  if (key.startsWith(XATTR)) {
    records.xattrs ??= new Map()
    records.xattrs.set(
      decodeName(Buffer.from(key.slice(XATTR.length), 'latin1')),
      Buffer.from(value),
    )
    return
  }
  if (key.startsWith('GNU.sparse.')) {
    takeSparse(records, key.slice(11), value)
    return
  }
  // An empty value takes back what an earlier record said.
  const empty = value.length === 0
  switch (key) {
    case 'path':
      records.path = empty ? undefined : name(value)
      break
    case 'linkpath':
      records.linkpath = empty ? undefined : name(value)
      break
    case 'size':
      records.size = empty ? undefined : integer(value)
      break
    case 'uid':
      records.uid = empty ? undefined : integer(value)
      break
    case 'gid':
      records.gid = empty ? undefined : integer(value)
      break
    case 'mtime':
      records.mtime = empty ? undefined : parseTime(value.toString('latin1'))
  }
}

function takeSparse(records: PaxRecords, key: string, value: Buffer): void {
  const sparse = (records.sparse ??= { major: 0, minor: 0, list: [] })
  switch (key) {
    case 'major':
      sparse.major = integer(value)
      break
    case 'minor':
      sparse.minor = integer(value)
      break
    case 'name':
      sparse.name = name(value)
      break
    case 'size':
    case 'realsize':
      sparse.size = integer(value)
      break
    case 'offset':
    case 'numbytes':
      sparse.list.push(value.toString('latin1'))
      break
    case 'map':
      sparse.list = value.length === 0 ? [] : value.toString('latin1').split(',')
  }
}

function name(value: Buffer): string {
  if (value.includes(0)) throw corrupted('a name has a NUL in it')
  return decodeName(value)
}

function integer(value: Buffer): number {
  const text = value.toString('latin1')
  const number = Number(text)
  if (!/^-?\d{1,20}$/.test(text) || !Number.isSafeInteger(number)) {
    throw corrupted('a number in a PAX record is wrong')
  }
  return number
}

/** Decimal seconds with a fraction, maybe negative: seconds rounded down, and nanoseconds. */
export function parseTime(text: string): { seconds: number; nanoseconds: number } {
  const match = /^(-?)(\d{1,16})(?:\.(\d*))?$/.exec(text)
  if (!match) throw corrupted('a time in a PAX record is wrong')
  const whole = Number(match[2])
  const fraction = Number((match[3] ?? '').slice(0, 9).padEnd(9, '0'))
  if (!Number.isSafeInteger(whole)) throw corrupted('a time in a PAX record is out of range')
  if (match[1] === '') return { seconds: whole, nanoseconds: fraction }
  if (fraction === 0) return { seconds: whole === 0 ? 0 : -whole, nanoseconds: 0 }
  return { seconds: -whole - 1, nanoseconds: 1_000_000_000 - fraction }
}

/** The reverse of `parseTime`. */
export function formatTime(seconds: number, nanoseconds: number): string {
  if (nanoseconds === 0) return String(seconds)
  const digits = (value: number) => String(value).padStart(9, '0').replace(/0+$/, '')
  if (seconds >= 0) return `${seconds}.${digits(nanoseconds)}`
  const whole = -(seconds + 1)
  return `-${whole}.${digits(1_000_000_000 - nanoseconds)}`
}

/** One record, its length counting itself. */
export function formatRecord(key: string, value: Buffer): Buffer {
  const body = Buffer.concat([encodeName(` ${key}=`), value, Buffer.from('\n')])
  let length = body.length + 1
  while (String(length).length + body.length !== length) {
    length = String(length).length + body.length
  }
  return Buffer.concat([Buffer.from(String(length)), body])
}
