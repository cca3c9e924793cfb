/** What becomes of the files of COPY and ADD in the new layer (moby builder/dockerfile/copy.go). */
import { LaminaError } from '@shared/errors'
import { bytesOf } from '../container/fs/host-tree'
import type { Moment } from '../container/fs/entries'
import type { ContainerFiles } from '../container/fs/container-files'
import { baseOf, clean, join, parentOf, type Item } from '../container/fs/tree'
import { refused } from '../container/wording'
import type { LayerEntry } from '../layer/types'
import { isArchive } from './archive'
import { ROOT, type Draft, type Owner, type ScratchFile } from './draft'
import { walkBelow, type CopyItem } from './find-items'

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

const SETUID = 0o4000
const SETGID = 0o2000
const GROUP_EXECUTES = 0o010

/** Puts one item into the layer. @throws LaminaError engine_refused */
export async function copyItem(draft: Draft, item: CopyItem, options: CopyOptions): Promise<void> {
  const { destination, owner, scratch, signal } = options
  const from = await item.source.files.resolve(item.path)
  const found = await item.source.files.lookup(from)
  if (!found) throw refused(`source path not found: stat ${item.path}: file does not exist`)
  let target = await draft.files.resolve(destination)
  if (found.entry.type === 'directory') {
    await copyFolder(draft, item.source.files, from, target, options)
    return
  }
  if (options.unpack && !item.packed && (await isArchive(found))) {
    draft.makeFolders(target)
    await draft.unpack(bytesOf(found.content), target, scratch, signal)
    return
  }
  const there = draft.overlay.lookup(target)
  if (destination.endsWith('/') || there?.entry.type === 'directory') {
    target = join(target, baseOf(clean(item.path)))
  }
  draft.makeFolders(parentOf(target), owner ?? ROOT)
  put(draft, target, found, owner)
}

/** What is in a folder; the folder itself when it is new. */
async function copyFolder(
  draft: Draft,
  files: ContainerFiles,
  from: string,
  target: string,
  { owner, signal }: CopyOptions,
): Promise<void> {
  const isNew = !draft.overlay.lookup(target)
  draft.makeFolders(target)
  const folder = draft.overlay.lookup(target)
  if (isNew && owner && folder) draft.put({ ...folder.entry, ...owner }, null)
  const names = new Map<Item['identity'], string>()
  const folders: { path: string; at: Moment }[] = []
  for await (const item of walkBelow(files, from)) {
    if (signal?.aborted) throw new LaminaError('cancelled')
    const { entry, identity } = item
    const path = join(target, from === '' ? entry.path : entry.path.slice(from.length + 1))
    const first = identity === null ? undefined : names.get(identity)
    if (first !== undefined) {
      makeRoom(draft, path, entry)
      draft.overlay.link(path, first)
    } else {
      put(draft, path, item, owner)
      if (identity !== null) names.set(identity, path)
    }
    const { mtime, mtimeNsec } = entry
    if (entry.type === 'directory') folders.push({ path, at: { mtime, mtimeNsec } })
  }
  // Files that came later changed the times of their folders.
  for (const { path, at } of folders) draft.overlay.setTime(path, at)
}

function put(draft: Draft, path: string, { entry, content }: Item, owner: Owner | null): void {
  makeRoom(draft, path, entry)
  draft.put({ ...(owner ? given(entry, owner) : entry), path }, content)
}

/** What was there goes, but for a folder where a folder comes. */
function makeRoom(draft: Draft, path: string, { type }: LayerEntry): void {
  const before = draft.overlay.lookup(path)
  const merges = before?.entry.type === 'directory' && type === 'directory'
  if (before && !merges) draft.overlay.remove(path)
}

/** As Linux does it when root gives a file to somebody: rights that came with the owner are gone. */
function given(entry: LayerEntry, owner: Owner): LayerEntry {
  let { mode } = entry
  if (entry.type !== 'directory') {
    mode &= ~SETUID
    if (mode & GROUP_EXECUTES) mode &= ~SETGID
  }
  return { ...entry, ...owner, mode, xattrs: null }
}
