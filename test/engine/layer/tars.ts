/** Tars for tests: from entries in memory, by the system's tar, and read back. */
import { execFileSync } from 'node:child_process'
import { LayerIndexBuilder } from '../../../src/engine/layer/index-builder'
import { makeEntry } from '../../../src/engine/layer/make-entry'
import { packTar } from '../../../src/engine/layer/tar-writer'
import { TarScanner } from '../../../src/engine/layer/tar-scanner'
import type { LayerEntry, LayerIndex, LayerSource } from '../../../src/engine/layer/types'

/** An entry with what matters for a test; a file gets the content's size. */
export function source(
  path: string,
  fields: Partial<LayerEntry> & { content?: string | Buffer } = {},
): LayerSource {
  const { content, ...rest } = fields
  const data = content === undefined ? null : Buffer.from(content)
  const size = data?.length ?? 0
  const plain = { path, type: 'file', mode: 0o644, mtime: 1_600_000_000 } as const
  return { entry: makeEntry({ ...plain, size, stored: size, ...rest }), content: data }
}

export const directory = (path: string, fields: Partial<LayerEntry> = {}) =>
  source(path, { type: 'directory', mode: 0o755, ...fields })
export const whiteout = (path: string) => source(path, { whiteout: 'file' })
export const opaque = (path: string) => source(path, { whiteout: 'opaque' })
export const symlink = (path: string, linkname: string) =>
  source(path, { type: 'symlink', mode: 0o777, linkname })
export const hardlink = (path: string, linkname: string) =>
  source(path, { type: 'hardlink', linkname })

export async function tarOf(sources: Iterable<LayerSource>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of packTar(sources)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** Entries with their contents, read in pieces of `step` bytes. */
export function scan(
  tar: Buffer,
  step = tar.length || 1,
): { entry: LayerEntry; content: Buffer }[] {
  const found: { entry: LayerEntry; content: Buffer; parts: Buffer[] }[] = []
  const scanner = new TarScanner({
    entry: (entry) => found.push({ entry, content: Buffer.alloc(0), parts: [] }),
    data: (chunk) => found.at(-1)?.parts.push(Buffer.from(chunk)),
    entryEnd: () => {
      const last = found.at(-1)
      if (last) last.content = Buffer.concat(last.parts)
    },
  })
  for (let at = 0; at < tar.length; at += step) scanner.write(tar.subarray(at, at + step))
  scanner.end()
  return found.map(({ entry, content }) => ({ entry, content }))
}

/** The index of a tar, whiteouts read. */
export function indexOf(tar: Buffer): LayerIndex {
  const builder = new LayerIndexBuilder()
  const scanner = new TarScanner({ entry: (entry) => builder.addTarEntry(entry) })
  scanner.write(tar)
  scanner.end()
  return builder.build()
}

/** The index of entries as they are. */
export function indexOfSources(sources: Iterable<LayerSource>): LayerIndex {
  const builder = new LayerIndexBuilder()
  for (const { entry } of sources) builder.add(entry)
  return builder.build()
}

/** The system's tar with standard output as the archive. */
export function systemTar(folder: string, args: string[]): Buffer {
  return execFileSync('tar', ['-C', folder, '-cf', '-', ...args], {
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}
