/**
 * Files that a browser lets a page read, as one tar: the parts of a Blob that it reads from the disk
 * while it is sent, so that nothing is held in memory. Format: POSIX ustar, pax for long names.
 */
export interface TarFile {
  /** Separated by `/`. */
  name: string
  content: Blob
  /** Milliseconds since 1970. */
  modifiedAt: number
}

const BLOCK = 512
/** A browser does not tell who may run a file: each may, as docker sends them from Windows. */
const MODE = 0o755
const encoder = new TextEncoder()

export function tarBlob(files: readonly TarFile[]): Blob {
  const parts: BlobPart[] = []
  for (const { name, content, modifiedAt } of files) {
    const bytes = encoder.encode(name)
    if (bytes.length > 100) {
      const record = paxRecord('path', name)
      parts.push(
        header(encoder.encode('pax'), record.length, 0, 'x'),
        record,
        padding(record.length),
      )
    }
    parts.push(header(bytes.slice(0, 100), content.size, modifiedAt, '0'))
    parts.push(content, padding(content.size))
  }
  parts.push(new Uint8Array(2 * BLOCK))
  return new Blob(parts, { type: 'application/x-tar' })
}

function header(
  name: Uint8Array,
  size: number,
  modifiedAt: number,
  type: string,
): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(BLOCK)
  const text = (at: number, value: string) => block.set(encoder.encode(value), at)
  const octal = (at: number, length: number, value: number) =>
    text(
      at,
      `${Math.floor(value)
        .toString(8)
        .padStart(length - 1, '0')}\0`,
    )
  block.set(name, 0)
  octal(100, 8, MODE)
  octal(108, 8, 0)
  octal(116, 8, 0)
  // Eleven octal digits: 8 GiB, more than a browser uploads at once.
  octal(124, 12, size)
  octal(136, 12, Math.max(0, modifiedAt / 1000))
  text(148, ' '.repeat(8))
  text(156, type)
  text(257, 'ustar\u000000')
  const sum = block.reduce((all, byte) => all + byte, 0)
  text(148, `${sum.toString(8).padStart(6, '0')}\0 `)
  return block
}

/** `LENGTH key=value\n`, where the length counts itself. */
function paxRecord(key: string, value: string): Uint8Array<ArrayBuffer> {
  const rest = encoder.encode(` ${key}=${value}\n`).length
  let length = rest + 1
  while (String(length).length + rest !== length) length = String(length).length + rest
  return encoder.encode(`${length} ${key}=${value}\n`)
}

function padding(size: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array((BLOCK - (size % BLOCK)) % BLOCK)
}
