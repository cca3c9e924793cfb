/** The fields of a tar header: pax(1) ustar format, GNU's base-256 numbers. */
import { LaminaError } from '@shared/errors'
import type { FileType } from './types'

export const BLOCK = 512

/** `typeflag` of each type of file. */
export const TYPE_FLAGS: Record<FileType, string> = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  char: '3',
  block: '4',
  directory: '5',
  fifo: '6',
}

export function corrupted(reason: string, cause?: unknown): LaminaError {
  return new LaminaError('archive_corrupted', { name: 'tar', reason }, { cause })
}

/** Whether the 512 bytes at `at` are all zero. */
export function isZeroBlock(bytes: Buffer, at: number): boolean {
  for (let index = at; index < at + BLOCK; index++) if (bytes[index] !== 0) return false
  return true
}

/** Whether the header at `at` has the checksum that it claims (old tars sum signed bytes). */
export function checksumHolds(bytes: Buffer, at: number): boolean {
  const claimed = parseNumber(bytes, at + 148, 8)
  // Four bytes at a time: two sums of two bytes each, which 128 words cannot make overflow.
  const words = new DataView(bytes.buffer, bytes.byteOffset + at, BLOCK)
  let even = 0
  let odd = 0
  for (let index = 0; index < BLOCK; index += 4) {
    const word = words.getUint32(index, true)
    even += word & 0x00ff00ff
    odd += (word >>> 8) & 0x00ff00ff
  }
  let sum = (even & 0xffff) + (even >>> 16) + (odd & 0xffff) + (odd >>> 16)
  // The field itself counts as spaces.
  for (let index = at + 148; index < at + 156; index++) sum -= bytes[index] as number
  sum += 8 * 0x20
  if (sum === claimed) return true
  for (let index = at; index < at + BLOCK; index++) {
    if ((bytes[index] as number) >= 0x80 && (index < at + 148 || index >= at + 156)) sum -= 256
  }
  return sum === claimed
}

/** A number in octal digits or, when the first bit is set, in base 256 (negative ones too). */
export function parseNumber(bytes: Buffer, start: number, length: number): number {
  const first = bytes[start] as number
  return first & 0x80 ? parseBase256(bytes, start, length) : parseOctal(bytes, start, length)
}

function parseOctal(bytes: Buffer, start: number, length: number): number {
  let at = start
  let end = start + length
  while (at < end && isPadding(bytes[at] as number)) at++
  while (end > at && isPadding(bytes[end - 1] as number)) end--
  let value = 0
  for (; at < end; at++) {
    const digit = (bytes[at] as number) - 0x30
    // What follows a NUL is no part of the number.
    if (digit === -0x30) break
    if (digit < 0 || digit > 7) throw corrupted('a number is not octal')
    value = value * 8 + digit
  }
  return value
}

function isPadding(byte: number): boolean {
  return byte === 0x20 || byte === 0
}

function parseBase256(bytes: Buffer, start: number, length: number): number {
  const negative = ((bytes[start] as number) & 0x40) !== 0
  let value = negative ? -1n : 0n
  value = (value << 7n) | BigInt((bytes[start] as number) & 0x7f)
  for (let at = start + 1; at < start + length; at++)
    value = (value << 8n) | BigInt(bytes[at] as number)
  const number = Number(value)
  if (!Number.isSafeInteger(number)) throw corrupted('a number is out of range')
  return number
}

/** End of the NUL-terminated text that begins at `start` and is at most `length` long. */
export function textEnd(bytes: Buffer, start: number, length: number): number {
  for (let at = start; at < start + length; at++) if (bytes[at] === 0) return at
  return start + length
}
