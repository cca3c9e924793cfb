/** One entry of a tar in the words of the writers that are met: PAX or GNU, and four kinds of sparse. */
import { encodeName } from '../../../src/engine/layer/names'
import type { LayerEntry } from '../../../src/engine/layer/types'
import { base256, pax, rawEntry } from '../hostile/tar-bytes'

/** `old`: GNU's, pairs in the header; the others stand in PAX records or before the data. */
export type SparseFormat = 'old' | '0.0' | '0.1' | '1.0'

export interface Dialect {
  /** GNU's long names and base-256 numbers; else PAX records. */
  gnu: boolean
  sparse: SparseFormat
}

const TYPES = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  char: '3',
  block: '4',
  directory: '5',
  fifo: '6',
} as const
const BLOCK = 512
const HEADER_PAIRS = 4
const EXTENSION_PAIRS = 21

/**
 * @param stored bytes of a file, without its holes
 * GNU's headers have no place for extended attributes and fractions of a second: such an entry is
 * written with PAX records whatever is asked.
 */
export function tarEntry(entry: LayerEntry, stored: Buffer, dialect: Dialect): Buffer {
  const gnu = dialect.gnu && entry.xattrs === null && entry.mtimeNsec === 0
  const sparse = entry.sparse !== null ? dialect.sparse : null
  // Old GNU sparse headers lie where ustar has its prefix; PAX records may stand before them.
  return sparse === 'old' ? oldSparse(entry, stored, gnu) : plain(entry, stored, gnu, sparse)
}

function plain(
  entry: LayerEntry,
  stored: Buffer,
  gnu: boolean,
  sparse: Exclude<SparseFormat, 'old'> | null,
): Buffer {
  const asGnu = gnu && sparse === null
  const { before, fields } = header(entry, asGnu, sparse ? sparseRecords(entry, sparse) : [])
  const map = sparse === '1.0' ? sparseMap(entry) : Buffer.alloc(0)
  return Buffer.concat([before, rawEntry({ ...fields, content: Buffer.concat([map, stored]) })])
}

function header(entry: LayerEntry, gnu: boolean, records: [string, string | Buffer][]) {
  const marked = entry.type === 'directory' ? `${entry.path}/` : entry.path
  const name = encodeName(marked)
  const link = encodeName(entry.linkname)
  const before: Buffer[] = []
  const number = (key: string, value: number, width: number): string | Buffer => {
    if (value >= 0 && value < 8 ** (width - 1)) return value.toString(8).padStart(width - 1, '0')
    if (gnu) return base256(BigInt(value), width)
    records.push([key, String(value)])
    return '0'.repeat(width - 1)
  }
  const text = (key: string, flag: string, value: Buffer) => {
    if (value.length > 100 && gnu) {
      const content = Buffer.concat([value, Buffer.of(0)])
      before.push(rawEntry({ name: '././@LongLink', magic: GNU, type: flag, content }))
    } else if (!gnu && (value.length > 100 || value.some((byte) => byte >= 0x80))) {
      records.push([key, value])
    }
    return value.subarray(0, 100)
  }
  const fields = {
    name: text('path', 'L', name),
    linkname: text('linkpath', 'K', link),
    type: TYPES[entry.type],
    magic: gnu ? GNU : undefined,
    mode: `${entry.mode.toString(8).padStart(7, '0')}\0`,
    uid: number('uid', entry.uid, 8),
    gid: number('gid', entry.gid, 8),
    mtime: number('mtime', entry.mtime, 12),
    major: entry.devMajor.toString(8).padStart(7, '0'),
    minor: entry.devMinor.toString(8).padStart(7, '0'),
  }
  if (entry.mtimeNsec > 0) records.push(['mtime', fraction(entry)])
  for (const [key, value] of entry.xattrs ?? []) records.push([`SCHILY.xattr.${key}`, value])
  if (records.length > 0) before.push(pax(records))
  return { before: Buffer.concat(before), fields }
}

const GNU = 'ustar  \0'

/** Seconds as a decimal: -1 and 0.75 behind it are -0.25. */
function fraction({ mtime, mtimeNsec }: LayerEntry): string {
  const total = BigInt(mtime) * 1_000_000_000n + BigInt(mtimeNsec)
  const digits = (total < 0n ? -total : total).toString().padStart(10, '0')
  return `${total < 0n ? '-' : ''}${digits.slice(0, -9)}.${digits.slice(-9)}`
}

function pairs(entry: LayerEntry): [number, number][] {
  const chunks = (entry.sparse ?? []).map(({ offset, length }): [number, number] => [
    offset,
    length,
  ])
  const [offset, length] = chunks.at(-1) ?? [0, 0]
  return offset + length < entry.size ? [...chunks, [entry.size, 0]] : chunks
}

function sparseRecords(
  entry: LayerEntry,
  format: Exclude<SparseFormat, 'old'>,
): [string, string | Buffer][] {
  const all = pairs(entry)
  const name: [string, Buffer] = ['GNU.sparse.name', encodeName(entry.path)]
  if (format === '1.0') {
    const realsize = String(entry.size)
    return [
      ['GNU.sparse.major', '1'],
      ['GNU.sparse.minor', '0'],
      name,
      ['GNU.sparse.realsize', realsize],
    ]
  }
  const head: [string, string][] = [
    ['GNU.sparse.size', String(entry.size)],
    ['GNU.sparse.numblocks', String(all.length)],
  ]
  if (format === '0.1') return [...head, name, ['GNU.sparse.map', all.flat().join(',')]]
  return [
    ...head,
    ...all.flatMap(([offset, length]): [string, string][] => [
      ['GNU.sparse.offset', String(offset)],
      ['GNU.sparse.numbytes', String(length)],
    ]),
  ]
}

function sparseMap(entry: LayerEntry): Buffer {
  const all = pairs(entry)
  const text = Buffer.from([all.length, ...all.flat()].map((value) => `${value}\n`).join(''))
  return Buffer.concat([text, Buffer.alloc((BLOCK - (text.length % BLOCK)) % BLOCK)])
}

function oldSparse(entry: LayerEntry, stored: Buffer, gnu: boolean): Buffer {
  const all = pairs(entry)
  const { before, fields } = header(entry, gnu, [])
  const whole = rawEntry({ ...fields, magic: GNU, type: 'S', content: stored })
  const head = Buffer.from(whole.subarray(0, BLOCK))
  head.fill(0, 345)
  putPairs(head, 386, all.slice(0, HEADER_PAIRS))
  head[482] = all.length > HEADER_PAIRS ? 1 : 0
  head.write(`${entry.size.toString(8).padStart(11, '0')}\0`, 483)
  head.write('        ', 148)
  let sum = 0
  for (const byte of head) sum += byte
  head.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  const extensions: Buffer[] = []
  for (let at = HEADER_PAIRS; at < all.length; at += EXTENSION_PAIRS) {
    const block = Buffer.alloc(BLOCK)
    putPairs(block, 0, all.slice(at, at + EXTENSION_PAIRS))
    block[504] = all.length > at + EXTENSION_PAIRS ? 1 : 0
    extensions.push(block)
  }
  return Buffer.concat([before, head, ...extensions, whole.subarray(BLOCK)])
}

function putPairs(block: Buffer, at: number, some: [number, number][]): void {
  some.forEach((pair, index) =>
    pair.forEach((value, half) =>
      block.write(`${value.toString(8).padStart(11, '0')}\0`, at + index * 24 + half * 12),
    ),
  )
}
