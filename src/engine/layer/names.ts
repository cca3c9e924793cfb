/** Names as strings that come back to the same bytes, and paths that stay inside the root. */

const fatal = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
/** A byte 0x80…0xFF that is no UTF-8 becomes this plus the byte, as in Python's surrogateescape. */
const ESCAPE = 0xdc00

/** As many symlinks as Linux follows on one path. */
export const MAX_HOPS = 40

/** The name in `bytes[start, end)`; bytes that are no UTF-8 are kept as lone surrogates. */
export function decodeName(bytes: Buffer, start = 0, end = bytes.length): string {
  let ascii = true
  for (let at = start; at < end; at++) {
    if ((bytes[at] as number) >= 0x80) {
      ascii = false
      break
    }
  }
  if (ascii) return bytes.toString('latin1', start, end)
  const part = bytes.subarray(start, end)
  try {
    return fatal.decode(part)
  } catch {
    return decodeEscaping(part)
  }
}

/** The bytes of a name. */
export function encodeName(name: string): Buffer {
  if (!/[\udc80-\udcff]/.test(name)) return Buffer.from(name, 'utf8')
  const parts: Buffer[] = []
  let textFrom = 0
  for (let at = 0; at < name.length; at++) {
    const code = name.charCodeAt(at)
    if (code >= 0xd800 && code < 0xdc00 && isLowSurrogate(name.charCodeAt(at + 1))) {
      at++
    } else if (code >= 0xdc80 && code <= 0xdcff) {
      parts.push(Buffer.from(name.slice(textFrom, at), 'utf8'), Buffer.of(code - ESCAPE))
      textFrom = at + 1
    }
  }
  parts.push(Buffer.from(name.slice(textFrom), 'utf8'))
  return Buffer.concat(parts)
}

/** A name for people: what is no UTF-8 becomes U+FFFD. */
export function displayName(name: string): string {
  return /[\ud800-\udfff]/.test(name) ? encodeName(name).toString('utf8') : name
}

/**
 * A path relative to the root: "/a/./b//../c/" is "a/c"; ".." at the root stays there, as in a
 * chroot.
 */
export function cleanPath(path: string): string {
  let start = 0
  let end = path.length
  if (path.startsWith('./')) start = 2
  while (path.charCodeAt(start) === 0x2f) start++
  while (end > start && path.charCodeAt(end - 1) === 0x2f) end--
  const trimmed = start === 0 && end === path.length ? path : path.slice(start, end)
  if (!/(?:^|\/)\.{0,2}(?:\/|$)/.test(trimmed)) return trimmed
  const parts: string[] = []
  for (const part of trimmed.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return parts.join('/')
}

/** The folder that a cleaned path lies in; "" for the root's own entries. */
export function parentPath(path: string): string {
  const slash = path.lastIndexOf('/')
  return slash < 0 ? '' : path.slice(0, slash)
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff
}

function decodeEscaping(bytes: Buffer): string {
  let text = ''
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes, at)
    if (length === 0) {
      text += String.fromCharCode(ESCAPE + (bytes[at] as number))
      at++
    } else {
      text += bytes.toString('utf8', at, at + length)
      at += length
    }
  }
  return text
}

/** Length of the valid UTF-8 sequence at `at`, or 0. */
function sequenceLength(bytes: Buffer, at: number): number {
  const first = bytes[at] as number
  if (first < 0x80) return 1
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2
  if (at + length > bytes.length) return 0
  try {
    fatal.decode(bytes.subarray(at, at + length))
    return length
  } catch {
    return 0
  }
}
