/**
 * COPY and ADD (moby builder/dockerfile/copy.go, internals.go): which files are meant, the hash that
 * stands for them, and what becomes of them in the new layer.
 */
import { createHash } from 'node:crypto'
import { refused } from '../container/wording'

import type { Moment } from '../container/fs/entries'
import { bytesOf } from '../container/fs/host-tree'
import { baseOf, clean, join, parentOf, type Item } from '../container/fs/tree'
import type { ContainerFiles } from '../container/fs/container-files'
import { isArchive } from './archive'
import type { Draft, Owner, ScratchFile } from './draft'
import { globExpression, hasWildcards } from './glob'
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

const ROOT: Owner = { uid: 0, gid: 0 }

/** The files that one source word of COPY or ADD means. */
export async function findItems(source: CopySource, word: string): Promise<CopyItem[]> {
  if (hasWildcards(word)) return findMatches(source, word)
  return [await findItem(source, word)]
}

/** What history shows and the cache compares of several items. */
export function hashOf(items: readonly CopyItem[]): string {
  const [first] = items
  if (items.length === 1 && first) return first.hash
  return hashList(
    'multi',
    items.map(({ hash }) => hash),
  )
}

async function findItem(source: CopySource, path: string): Promise<CopyItem> {
  if (leadsOut(path)) {
    throw refused(`forbidden path outside the build context: ${path} ()`)
  }
  const resolved = await source.files.resolve(path)
  const item = await source.files.lookup(resolved)
  if (!item) {
    const missing = `stat ${clean(path)}: file does not exist`
    const where = 'file not found in build context or excluded by .dockerignore: '
    throw refused(source.isContext ? `${where}${missing}` : missing)
  }
  if (item.entry.type !== 'directory') {
    return { source, path, hash: `file:${await source.hash(resolved)}` }
  }
  const hashes: string[] = []
  for await (const below of walk(source.files, resolved)) {
    hashes.push(await source.hash(await source.files.resolve(below.entry.path)))
  }
  return { source, path, hash: hashList('dir', hashes.sort()) }
}

async function findMatches(source: CopySource, pattern: string): Promise<CopyItem[]> {
  const expression = globExpression(clean(pattern))
  const items: CopyItem[] = []
  if (!expression) return items
  for await (const { entry } of walk(source.files, '')) {
    if (expression.test(entry.path)) items.push(await findItem(source, entry.path))
  }
  return items
}

function hashList(kind: string, hashes: readonly string[]): string {
  return `${kind}:${createHash('sha256').update(hashes.join(',')).digest('hex')}`
}

function leadsOut(path: string): boolean {
  let depth = 0
  for (const part of path.split('/')) {
    if (part === '..') depth--
    else if (part !== '' && part !== '.') depth++
    if (depth < 0) return true
  }
  return false
}

export interface CopyOptions {
  /** Absolute; a trailing slash says that it is a folder. */
  destination: string
  /** Who the copies belong to; null: whom they belonged to. */
  owner: Owner | null
  /** ADD: a tar becomes the files in it. */
  unpack: boolean
  scratch: ScratchFile
  signal?: AbortSignal
}

/** Puts one item into the layer. */
export async function copyItem(draft: Draft, item: CopyItem, options: CopyOptions): Promise<void> {
  const { destination, owner, scratch, signal } = options
  const from = await item.source.files.resolve(item.path)
  const found = await item.source.files.lookup(from)
  if (!found) throw refused(`failed to copy files: stat ${item.path}: file does not exist`)
  let target = await draft.files.resolve(destination)
  if (found.entry.type === 'directory') {
    await copyFolder(draft, item.source.files, from, target, owner)
    return
  }
  if (options.unpack && !item.packed && (await isArchive(found))) {
    await draft.makeFolders(target, ROOT)
    await draft.unpack(bytesOf(found.content), target, scratch, signal)
    return
  }
  const there = await draft.files.lookup(target)
  if (destination.endsWith('/') || there?.entry.type === 'directory') {
    target = join(target, baseOf(clean(item.path)))
  }
  await draft.makeFolders(parentOf(target), owner ?? ROOT)
  put(draft, target, found, owner)
}

async function copyFolder(
  draft: Draft,
  files: ContainerFiles,
  from: string,
  target: string,
  owner: Owner | null,
): Promise<void> {
  const isNew = !(await draft.files.lookup(target))
  await draft.makeFolders(target, ROOT)
  if (isNew && owner) {
    const folder = await draft.files.lookup(target)
    if (folder) draft.put({ ...folder.entry, path: target, ...owner }, null)
  }
  const names = new Map<unknown, string>()
  const folders: { path: string; at: Moment }[] = []
  for await (const item of walk(files, from)) {
    const below = item.entry.path.slice(from === '' ? 0 : from.length + 1)
    const path = await draft.files.resolveParent(join(target, below))
    const first = item.identity === null ? undefined : names.get(item.identity)
    if (first !== undefined) draft.overlay.link(path, first)
    else put(draft, path, item, owner)
    if (item.identity !== null && first === undefined) names.set(item.identity, path)
    const { type, mtime, mtimeNsec } = item.entry
    if (type === 'directory') folders.push({ path, at: { mtime, mtimeNsec } })
  }
  // Files that came later changed the times of their folders.
  for (const { path, at } of folders) draft.overlay.setTime(path, at)
}

function put(draft: Draft, path: string, { entry, content }: Item, owner: Owner | null): void {
  const before = draft.overlay.lookup(path)
  const merges = before?.entry.type === 'directory' && entry.type === 'directory'
  if (before && !merges) draft.overlay.remove(path)
  draft.put({ ...entry, ...owner, path }, content)
}

/** Everything below a folder, a folder before what is in it, links not followed. */
async function* walk(files: ContainerFiles, folder: string): AsyncGenerator<Item> {
  for (const name of await files.list(folder)) {
    const path = join(folder, name)
    const item = await files.lookup(path)
    if (!item) continue
    yield { ...item, entry: { ...item.entry, path } }
    if (item.entry.type === 'directory') yield* walk(files, path)
  }
}

/** The folder that `path` names from the working directory, its trailing slash kept. */
export function destinationOf(workingDir: string, path: string): string {
  const folder = path.endsWith('/') || path === '.' || path.endsWith('/.') ? '/' : ''
  const whole = clean(path.startsWith('/') ? path : `${workingDir}/${path}`)
  return whole === '' ? '/' : `/${whole}${folder}`
}
