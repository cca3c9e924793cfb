/** CRC-32 (IEEE 802.3). */
import * as zlib from 'node:zlib'

const TABLES = makeTables()

/** Node's own is five times as fast; Node 18 has none. */
export const crc32: (bytes: Uint8Array) => number =
  'crc32' in zlib ? (zlib.crc32 as (bytes: Uint8Array) => number) : plainCrc32

/** Eight bytes a step. */
export function plainCrc32(bytes: Uint8Array): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = TABLES
  let crc = 0xffffffff
  let at = 0
  for (const end = bytes.length - 7; at < end; at += 8) {
    const low =
      crc ^
      ((bytes[at] as number) |
        ((bytes[at + 1] as number) << 8) |
        ((bytes[at + 2] as number) << 16) |
        ((bytes[at + 3] as number) << 24))
    crc =
      (t7[low & 0xff] as number) ^
      (t6[(low >>> 8) & 0xff] as number) ^
      (t5[(low >>> 16) & 0xff] as number) ^
      (t4[low >>> 24] as number) ^
      (t3[bytes[at + 4] as number] as number) ^
      (t2[bytes[at + 5] as number] as number) ^
      (t1[bytes[at + 6] as number] as number) ^
      (t0[bytes[at + 7] as number] as number)
  }
  for (; at < bytes.length; at++) {
    crc = (crc >>> 8) ^ (t0[(crc ^ (bytes[at] as number)) & 0xff] as number)
  }
  return ~crc >>> 0
}

type Tables = [
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
]

function makeTables(): Tables {
  const tables = Array.from({ length: 8 }, () => new Uint32Array(256)) as Tables
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
    tables[0][byte] = crc >>> 0
  }
  for (let table = 1; table < 8; table++) {
    const before = tables[table - 1] as Uint32Array
    const current = tables[table] as Uint32Array
    for (let byte = 0; byte < 256; byte++) {
      const value = before[byte] as number
      current[byte] = (value >>> 8) ^ (tables[0][value & 0xff] as number)
    }
  }
  return tables
}
