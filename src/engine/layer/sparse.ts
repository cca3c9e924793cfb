/** Sparse files: which parts of a file the stored bytes are (GNU tar manual, "Storing Sparse Files"). */
import { corrupted } from './tar-fields'
import type { SparseChunk } from './types'

/**
 * Checks a map against the bytes that are stored and the file's size, and drops its empty chunks.
 * Throws `archive_corrupted` when it overlaps, runs backwards or does not fit.
 */
export function checkSparse(
  chunks: readonly SparseChunk[],
  stored: number,
  size: number,
): SparseChunk[] {
  let end = 0
  let sum = 0
  for (const { offset, length } of chunks) {
    if (
      !Number.isSafeInteger(offset) ||
      !Number.isSafeInteger(length) ||
      offset < end ||
      length < 0
    )
      throw corrupted('the map of a sparse file is wrong')
    end = offset + length
    sum += length
  }
  if (end > size || sum !== stored) throw corrupted('the map of a sparse file does not fit it')
  return chunks.filter((chunk) => chunk.length > 0)
}

/** Reads `offset,length,offset,length…` (PAX formats 0.0 and 0.1). */
export function parseSparseList(numbers: readonly string[]): SparseChunk[] {
  if (numbers.length % 2 !== 0) throw corrupted('the map of a sparse file is wrong')
  const chunks: SparseChunk[] = []
  for (let at = 0; at < numbers.length; at += 2) {
    chunks.push({ offset: decimal(numbers[at]), length: decimal(numbers[at + 1]) })
  }
  return chunks
}

/**
 * Reads the map that PAX format 1.0 puts before the data: lines of a count, then of pairs, padded to
 * a block. Null: it is longer than these bytes.
 */
export function parseSparseHead(bytes: Buffer): SparseChunk[] | null {
  const lines = bytes.toString('latin1').split('\n')
  // The last piece is padding, or a number that goes on.
  lines.pop()
  if (lines.length === 0) return null
  const wanted = decimal(lines[0]) * 2
  if (lines.length < wanted + 1) return null
  return parseSparseList(lines.slice(1, wanted + 1))
}

/** The map as PAX format 1.0 writes it, padded to a block; `size` is the file's. */
export function formatSparseHead(chunks: readonly SparseChunk[], size: number): Buffer {
  const last = chunks[chunks.length - 1]
  const end = last ? last.offset + last.length : 0
  // GNU tar knows of a hole at the end only by an empty chunk behind it.
  const all = end < size ? [...chunks, { offset: size, length: 0 }] : chunks
  const lines = [all.length, ...all.flatMap(({ offset, length }) => [offset, length])]
  const text = Buffer.from(lines.map((line) => `${line}\n`).join(''))
  const padded = Buffer.alloc(Math.ceil(text.length / 512) * 512)
  text.copy(padded)
  return padded
}

function decimal(text: string | undefined): number {
  if (text === undefined || !/^\d{1,16}$/.test(text)) {
    throw corrupted('the map of a sparse file is wrong')
  }
  return Number(text)
}
