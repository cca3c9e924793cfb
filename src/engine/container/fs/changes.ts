/**
 * What `docker diff` says of a container, by dockerd's rules (moby pkg/archive/changes.go): the files
 * that it shows are compared with those of its image, and a directory with a change inside counts as
 * changed. A file that was written again with the same time, size, mode and owner is no change.
 */
import type { Change, LayerEntry } from '../../layer/types'
import { countedSize } from './entries'
import type { Overlay, OverlayNode } from './overlay'
import { byCodeUnit, join } from './tree'

export interface PathChange {
  path: string
  change: Change
  /** What is there now; null where it is deleted. */
  entry: LayerEntry | null
}

/** Sorted by path, a directory before what is in it. */
export function changesOf(overlay: Overlay): PathChange[] {
  return inside(overlay, overlay.root, '', overlay.lower.lookup('')?.entry ?? null)
}

/** @param before what the lower tree has at this path */
function inside(
  overlay: Overlay,
  node: OverlayNode,
  path: string,
  before: LayerEntry | null,
): PathChange[] {
  const changes: PathChange[] = []
  const wasDirectory = before?.type === 'directory'
  const names = new Set(node.children.keys())
  if (node.opaque && wasDirectory) for (const name of overlay.lower.list(path)) names.add(name)

  for (const name of [...names].sort(byCodeUnit)) {
    const childPath = join(path, name)
    const old = wasDirectory ? (overlay.lower.lookup(childPath)?.entry ?? null) : null
    const child = node.children.get(name)
    if (!child?.inode) {
      if (old) changes.push({ path: childPath, change: 'deleted', entry: null })
      continue
    }
    const { entry } = child.inode
    const below = entry.type === 'directory' ? inside(overlay, child, childPath, old) : []
    const change: Change | null =
      old === null ? 'added' : differs(old, entry) || below.length > 0 ? 'changed' : null
    if (change !== null) changes.push({ path: childPath, change, entry })
    for (const one of below) changes.push(one)
  }
  return changes
}

function differs(before: LayerEntry, after: LayerEntry): boolean {
  return (
    before.type !== after.type ||
    before.mode !== after.mode ||
    before.uid !== after.uid ||
    before.gid !== after.gid ||
    before.devMajor !== after.devMajor ||
    before.devMinor !== after.devMinor ||
    (before.type !== 'directory' &&
      (!sameTime(before, after) || countedSize(before) !== countedSize(after))) ||
    capability(before) !== capability(after)
  )
}

/** A time without nanoseconds (an old tar's) equals any within its second. */
function sameTime(a: LayerEntry, b: LayerEntry): boolean {
  if (a.mtime !== b.mtime) return false
  return a.mtimeNsec === b.mtimeNsec || a.mtimeNsec === 0 || b.mtimeNsec === 0
}

function capability(entry: LayerEntry): string {
  return entry.xattrs?.get('security.capability')?.toString('hex') ?? ''
}
