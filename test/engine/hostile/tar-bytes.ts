/** Tars byte by byte: with whatever a writer of good will would never write. */

export interface RawFields {
  name?: string | Buffer
  mode?: string | Buffer
  uid?: string | Buffer
  gid?: string | Buffer
  /** Octal digits or raw bytes; the content's length when it is not given. */
  size?: string | Buffer
  mtime?: string | Buffer
  type?: string
  linkname?: string | Buffer
  magic?: string
  major?: string
  minor?: string
  prefix?: string
  /** Instead of the right one. */
  checksum?: string
  content?: Buffer | string
  /** Bytes that follow the header of a GNU sparse file. */
  sparse?: { offset: string; length: string; realSize: Buffer }
}

const BLOCK = 512

/** A header with its content, padded. */
export function rawEntry(fields: RawFields): Buffer {
  const content = Buffer.from(fields.content ?? '')
  const header = Buffer.alloc(BLOCK)
  const put = (at: number, value: string | Buffer | undefined, fallback: string) =>
    void Buffer.from(value ?? fallback).copy(header, at)
  put(0, fields.name, 'file')
  put(100, fields.mode, '0000644\0')
  put(108, fields.uid, '0000000\0')
  put(116, fields.gid, '0000000\0')
  put(124, fields.size, `${content.length.toString(8).padStart(11, '0')}\0`)
  put(136, fields.mtime, '14000000000\0')
  put(156, fields.type, '0')
  put(157, fields.linkname, '')
  put(257, fields.magic, 'ustar\x0000')
  put(329, fields.major, '')
  put(337, fields.minor, '')
  put(345, fields.prefix, '')
  if (fields.sparse) {
    put(257, 'ustar  \0', '')
    put(386, `${fields.sparse.offset}\0`, '')
    put(398, `${fields.sparse.length}\0`, '')
    put(483, fields.sparse.realSize, '')
  }
  header.write('        ', 148)
  let sum = 0
  for (let at = 0; at < BLOCK; at++) sum += header[at] as number
  header.write(fields.checksum ?? `${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return Buffer.concat([header, content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)])
}

/** A number in GNU's base 256, 12 (or 8) bytes wide. */
export function base256(value: bigint, width = 12): Buffer {
  const bytes = Buffer.alloc(width)
  let rest = BigInt.asUintN(width * 8, value)
  for (let at = width - 1; at >= 0; at--) {
    bytes[at] = Number(rest & 0xffn)
    rest >>= 8n
  }
  bytes[0] = (bytes[0] as number) | 0x80
  return bytes
}

export const END = Buffer.alloc(2 * BLOCK)

/** These entries as a whole tar. */
export function rawTar(...entries: (RawFields | Buffer)[]): Buffer {
  return Buffer.concat([
    ...entries.map((entry) => (Buffer.isBuffer(entry) ? entry : rawEntry(entry))),
    END,
  ])
}

/** One PAX record with its right length. */
export function record(key: string, value: string | Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value), Buffer.from('\n')])
  let length = body.length + 1
  while (String(length).length + body.length !== length)
    length = String(length).length + body.length
  return Buffer.concat([Buffer.from(String(length)), body])
}

/** A PAX header of these bytes (or records) before the entry that follows. */
export function pax(content: Buffer | [string, string | Buffer][], type = 'x'): Buffer {
  const bytes = Buffer.isBuffer(content)
    ? content
    : Buffer.concat(content.map(([key, value]) => record(key, value)))
  return rawEntry({ name: 'PaxHeaders/file', type, content: bytes })
}

/** A sparse file (GNU's old form) of three bytes that claims to be 1 PiB large. */
export function hugeSparse(name: string): RawFields {
  const sparse = { offset: '00000000000', length: '00000000003', realSize: base256(2n ** 50n) }
  return { name, type: 'S', content: 'abc', sparse }
}
