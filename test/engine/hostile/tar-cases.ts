/** Headers that no tar program writes, through `docker import`. */
import { gzipSync } from 'node:zlib'
import { expect } from 'vitest'
import { zstd } from '../image/stores'
import { repeated, type HostileCase } from './case'
import { base256, END, pax, rawEntry, rawTar, record, type RawFields } from './tar-bytes'

function refused(name: string, bytes: HostileCase['bytes'], why: RegExp): HostileCase {
  return { name, route: 'import', bytes, refused: why }
}

const header = (name: string, fields: RawFields, why: RegExp): HostileCase =>
  refused(name, () => rawTar(fields, { name: 'behind' }), why)

const records = (name: string, list: [string, string | Buffer][], why: RegExp): HostileCase =>
  refused(name, () => rawTar(pax(list), { content: 'x' }), why)

function taken(
  name: string,
  bytes: HostileCase['bytes'],
  check: (files: Map<string, string>) => void,
): HostileCase {
  return {
    name,
    route: 'import',
    bytes,
    contained: async (host) => check(await host.exported('hostile:1')),
  }
}

const isHuge = (files: Map<string, string>): void => expect(files.get('f')).toBe('x')

const numbers: HostileCase[] = [
  header('a size below zero', { size: base256(-1n) }, /a size is negative/),
  header('a size of 2^63', { size: base256(2n ** 63n) }, /number is out of range/),
  header('a size of 2^95', { size: base256(2n ** 94n) }, /number is out of range/),
  header('a size that is no number', { size: 'lots       ' }, /number is not octal/),
  header('a size in decimal', { size: '00000000899' }, /number is not octal/),
  header('a minus sign', { size: '-0000000001' }, /number is not octal/),
  header('an owner of 2^62', { uid: base256(2n ** 55n, 8) }, /number is out of range/),
  header('a wrong checksum', { checksum: '000000\0 ' }, /wrong checksum/),
  header('an unknown type', { type: '9' }, /unknown type/),
  taken(
    'an owner below zero',
    () => rawTar({ name: 'f', uid: base256(-5n, 8), gid: base256(2n ** 40n, 8), content: 'x' }),
    isHuge,
  ),
  taken(
    'times before everything and after everything',
    () =>
      rawTar(
        { name: 'f', mtime: base256(-(2n ** 50n)), content: 'x' },
        { name: 'g', mtime: base256(2n ** 50n), content: 'y' },
      ),
    isHuge,
  ),
]

const extensions: HostileCase[] = [
  refused(
    'a PAX header of 2 MiB',
    () => rawTar(pax(Buffer.alloc(2 << 20, '1'))),
    /extension header is too long/,
  ),
  refused(
    'a PAX header of 8 EiB',
    () => rawTar(rawEntry({ type: 'x', size: base256(2n ** 53n - 1n) })),
    /extension header is too long/,
  ),
  refused(
    'a PAX header and nothing behind it',
    () => Buffer.concat([pax([['path', 'x']]), END]),
    /ends too early/,
  ),
  refused(
    'a PAX header that is cut',
    () => pax([['path', 'x'.repeat(2000)]]).subarray(0, 1200),
    /ends too early/,
  ),
  refused(
    'a PAX record with a length of zero',
    () => rawTar(pax(Buffer.from('0 path=x\n')), {}),
    /PAX record/,
  ),
  refused(
    'a PAX record that is longer than its header',
    () => rawTar(pax(Buffer.from('999 path=x\n')), {}),
    /PAX record/,
  ),
  refused(
    'a PAX record with a negative length',
    () => rawTar(pax(Buffer.from('-12 path=x\n')), {}),
    /PAX record/,
  ),
  refused(
    'a PAX record without an end',
    () => rawTar(pax(Buffer.from('10 path=xx')), {}),
    /PAX record/,
  ),
  refused(
    'a PAX record without a value',
    () => rawTar(pax(Buffer.from('7 path\n')), {}),
    /PAX record/,
  ),
  records('a name with a NUL', [['path', 'a\0b']], /a NUL/),
  records('a target with a NUL', [['linkpath', 'a\0b']], /a NUL/),
  records('a PAX size below zero', [['size', '-1']], /size is negative|number in a PAX/),
  records('a PAX size of 10^30', [['size', `1${'0'.repeat(30)}`]], /number in a PAX record/),
  records('a PAX size in hex', [['size', '0x10']], /number in a PAX record/),
  records('a PAX time that is none', [['mtime', 'yesterday']], /time in a PAX record/),
  records('a PAX time of 10^400', [['mtime', '9'.repeat(400)]], /time in a PAX record/),
  records('a name in the PAX header of 50 kB', [['path', 'n'.repeat(50_000)]], /path is too long/),
  refused(
    'a long name of 2 MiB',
    () => rawTar({ type: 'L', content: Buffer.alloc(2 << 20, 'n') }),
    /extension header is too long/,
  ),
  refused(
    'a long name and nothing behind it',
    () => rawTar({ type: 'L', content: 'long\0' }),
    /ends too early/,
  ),
  taken(
    'ten thousand long names before one file',
    () => {
      const names = Array.from({ length: 10_000 }, () => rawEntry({ type: 'L', content: 'n\0' }))
      return rawTar(Buffer.concat(names), { type: 'L', content: 'f\0' }, { content: 'x' })
    },
    isHuge,
  ),
  taken(
    'global PAX headers that would rename everything',
    () => rawTar(pax([['path', '../../lamina-was-here']], 'g'), { name: 'f', content: 'x' }),
    (files) => expect(files.has('f') || files.has('lamina-was-here')).toBe(true),
  ),
  taken(
    '5,000 extended attributes on one file',
    () => {
      const list = Array.from({ length: 5000 }, (_, at) => record(`SCHILY.xattr.user.${at}`, 'v'))
      return rawTar(pax(Buffer.concat(list)), { name: 'f', content: 'x' })
    },
    isHuge,
  ),
  taken(
    'attributes with reserved names',
    () =>
      rawTar(
        pax([
          ['SCHILY.xattr.__proto__', 'v'],
          ['__proto__', 'v'],
        ]),
        { name: 'f', content: 'x' },
      ),
    isHuge,
  ),
]

const streams: HostileCase[] = [
  refused('nothing', () => Buffer.alloc(0), /it is empty/),
  refused(
    'an entry behind the end',
    () => Buffer.concat([rawEntry({}), END.subarray(512), rawEntry({}), END]),
    /follows the end/,
  ),
  refused(
    'gzip, cut',
    () => gzipSync(rawTar({ content: 'x' })).subarray(0, -9),
    /end of file|too early/,
  ),
  refused(
    'gzip, damaged in the middle',
    () => damaged(gzipSync(rawTar({ content: noise() }))),
    /invalid|incorrect|data/,
  ),
  refused(
    'zstd, cut',
    () => zstd(rawTar({ content: noise() })).subarray(0, -900),
    /ends too early/,
  ),
  refused(
    'cut in the middle of a file',
    () => rawTar({ content: noise() }).subarray(0, 5000),
    /ends too early/,
  ),
  {
    name: 'a gzip bomb: a file of 1 GiB in 1 MB',
    route: 'import',
    bytes: () =>
      repeated2(
        gzipSync(
          rawEntry({ name: 'f', size: (2 ** 30).toString(8).padStart(11, '0') }).subarray(0, 512),
        ),
        gzipSync(Buffer.alloc(1 << 26)),
        16,
      ),
    contained: async (host) => {
      expect((await host.send('GET', '/images/json')).text).toContain(String(2 ** 30))
    },
  },
  {
    name: 'bytes without end behind the end of the tar',
    route: 'import',
    bytes: () => repeated2(rawTar({ name: 'f', content: 'x' }), Buffer.alloc(1 << 20, 1), 400),
    refused: /disk is full|No space/i,
  },
  {
    name: 'a file of the machine as the source',
    route: 'import',
    bytes: () => Buffer.alloc(0),
    query: { fromSrc: 'file:///etc/passwd' },
    refused: /cannot download|file:/,
  },
  {
    name: 'a change that is no instruction',
    route: 'import',
    bytes: () => rawTar({}),
    query: { changes: 'RUN rm -rf /' },
    refused: /RUN|run/,
  },
]

async function* repeated2(first: Buffer, piece: Buffer, times: number) {
  yield first
  yield* repeated(piece, times)
}

/** Bytes that do not pack, the same in each run. */
function noise(): Buffer {
  let state = 1
  const next = () => (state = (state * 48_271) % 2_147_483_647) & 255
  return Buffer.from(Array.from({ length: 60_000 }, next))
}

function damaged(packed: Buffer): Buffer {
  for (let at = 20_000; at < 20_050; at++) packed[at] = (packed[at] as number) ^ 0x5a
  return packed
}

export const tarCases = [...numbers, ...extensions, ...streams]
