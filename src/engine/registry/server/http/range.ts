/** Ranges of bytes: those that a client asks for, and those that it says it sends. */

export interface ByteRange {
  start: number
  /** Inclusive. */
  end: number
}

/**
 * The `Range` of a GET (RFC 9110, 14.2) of something with so many bytes. Null: all of it, as for a
 * header that is not understood or that names several ranges. 'unsatisfiable': 416, also to one that
 * ends before it begins (14.2 leaves the choice).
 */
export function parseRange(
  header: string | undefined,
  size: number,
): ByteRange | null | 'unsatisfiable' {
  const match = /^\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(header ?? '')
  const [, first = '', last = ''] = match ?? []
  if (!match || (first === '' && last === '')) return null
  if (first === '') {
    const length = Math.min(Number(last), size)
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size - 1 }
  }
  const start = Number(first)
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1)
  return start >= size || end < start ? 'unsatisfiable' : { start, end }
}

/** `Content-Range: <start>-<end>` of a chunk, with or without "bytes " and "/<size>"; null: invalid. */
export function parseContentRange(header: string): ByteRange | null {
  const match = /^(?:bytes[ =])?(\d+)-(\d+)(?:\/(?:\d+|\*))?$/.exec(header.trim())
  if (!match) return null
  const [start, end] = [Number(match[1]), Number(match[2])]
  return Number.isSafeInteger(end) && start <= end ? { start, end } : null
}
