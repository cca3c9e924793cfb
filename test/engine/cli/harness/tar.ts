import { createHash } from 'node:crypto'
import { extract, pack, type Header } from 'tar-stream'

/** One entry of a made tar; dates are fixed, so the same entries give the same bytes. */
export interface TarEntry extends Partial<Header> {
  name: string
  content?: string | Buffer
}

/** What tar writes where nothing else is said. */
const MODES: Partial<Record<Header['type'], number>> = { directory: 0o755, symlink: 0o777 }
const MADE = new Date('2021-03-04T05:06:07Z')

export async function makeTar(entries: readonly TarEntry[]): Promise<Buffer> {
  const archive = pack()
  for (const { content = '', ...header } of entries) {
    const type = header.type ?? (header.name.endsWith('/') ? 'directory' : 'file')
    const mode = header.mode ?? MODES[type] ?? 0o644
    archive.entry({ mtime: MADE, uid: 0, gid: 0, ...header, type, mode }, content)
  }
  archive.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of archive) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

export interface ReadEntry {
  header: Header
  content: Buffer
}

export async function readTar(archive: Buffer): Promise<ReadEntry[]> {
  const entries: ReadEntry[] = []
  const reader = extract()
  reader.end(archive)
  for await (const entry of reader) {
    const chunks: Buffer[] = []
    for await (const chunk of entry) chunks.push(chunk as Buffer)
    entries.push({ header: entry.header, content: Buffer.concat(chunks) })
  }
  return entries
}

export function sha256(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}
