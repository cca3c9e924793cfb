/** Which files the sources of COPY and ADD mean, and the hash that stands for them (moby copy.go). */
import { createHash } from 'node:crypto'
import { join, type Item } from '../container/fs/tree'
import type { ContainerFiles } from '../container/fs/container-files'
import { refused } from '../container/wording'
import { globExpression, hasWildcards } from '@shared/glob'
import { leadsOut, outside } from './paths'
import type { CopySource } from './sources'

export interface CopyItem {
  source: CopySource
  /** As it was named: its last part is the name of the copy. */
  path: string
  /** `file:…`, `dir:…`, or a bare hash of what was downloaded. */
  hash: string
  /** ADD unpacks no archive that it has downloaded. */
  packed?: boolean
}

/**
 * The files that one source word means.
 * @throws LaminaError engine_refused
 */
export async function findItems(source: CopySource, word: string): Promise<CopyItem[]> {
  const path = word.replace(/^\//, '').replace(/^\.\//, '')
  return hasWildcards(path) ? findMatches(source, path) : [await findItem(source, path)]
}

/** What history shows and the cache compares of several items. */
export function hashOf(items: readonly CopyItem[]): string {
  const [first] = items
  if (items.length === 1 && first) return first.hash
  const hashes = items.map(({ hash }) => hash)
  return hashList('multi', hashes)
}

/** Everything below a folder, a folder before what is in it, links not followed. */
export async function* walkBelow(files: ContainerFiles, folder: string): AsyncGenerator<Item> {
  for (const name of await files.list(folder)) {
    const path = join(folder, name)
    const item = await files.lookup(path)
    if (!item) continue
    yield { ...item, entry: { ...item.entry, path } }
    if (item.entry.type === 'directory') yield* walkBelow(files, path)
  }
}

async function findItem(source: CopySource, path: string): Promise<CopyItem> {
  if (leadsOut(path)) throw outside(path)
  const resolved = await source.files.resolve(path)
  const item = await source.files.lookup(resolved)
  if (!item) {
    const missing = `stat ${path}: file does not exist`
    const where = 'file not found in build context or excluded by .dockerignore: '
    throw refused(source.isContext ? `${where}${missing}` : missing)
  }
  if (item.entry.type !== 'directory') {
    return { source, path, hash: `file:${await source.hash(path)}` }
  }
  const hashes = resolved === '' ? [] : [await source.hash(resolved)]
  for await (const { entry } of walkBelow(source.files, resolved)) {
    hashes.push(await source.hash(entry.path))
  }
  return { source, path, hash: hashList('dir', hashes.sort()) }
}

async function findMatches(source: CopySource, pattern: string): Promise<CopyItem[]> {
  const expression = globExpression(pattern)
  const items: CopyItem[] = []
  if (!expression) return items
  for await (const { entry } of walkBelow(source.files, '')) {
    if (expression.test(entry.path)) items.push(await findItem(source, entry.path))
  }
  return items
}

function hashList(kind: string, hashes: readonly string[]): string {
  return `${kind}:${createHash('sha256').update(hashes.join(',')).digest('hex')}`
}
