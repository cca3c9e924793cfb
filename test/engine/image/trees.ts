/** Trees in a form that can be compared: ours, and what others unpack or export. */
import { scan } from '../layer/tars'
import type { FileTree, LayerEntry } from '../../../src/engine/layer/types'

/** What is the same for a file however it was stored; hard links by who shares with whom. */
export type Listing = Record<string, string>

function line(entry: LayerEntry, size: number): string {
  const { type, mode, uid, gid, mtime, linkname, devMajor, devMinor } = entry
  const device = type === 'char' || type === 'block' ? ` ${devMajor}:${devMinor}` : ''
  // dockerd unpacks no time before 1970.
  const time = type === 'directory' || type === 'symlink' ? '' : ` @${Math.max(0, mtime)}`
  const permissions = type === 'symlink' ? '' : ` ${mode.toString(8)}`
  const link = type === 'symlink' ? ` -> ${linkname}` : ''
  return `${type === 'hardlink' ? 'file' : type}${permissions} ${uid}:${gid} ${size}${time}${device}${link}`
}

/** All entries of one of our trees; `skip` leaves out paths that a runtime makes. */
export function listTree(tree: FileTree, skip: (path: string) => boolean = () => false): Listing {
  const listing: Listing = {}
  for (let node = 1; node < tree.count; node++) {
    const entry = tree.entry(node)
    if (skip(entry.path)) continue
    listing[entry.path] = line(entry, tree.content(node)?.entry.size ?? 0)
  }
  return listing
}

/** All entries of a tar that holds a whole root. */
export function listTar(tar: Buffer, skip: (path: string) => boolean = () => false): Listing {
  const listing: Listing = {}
  const sizes = new Map<string, number>()
  for (const { entry } of scan(tar)) {
    const size = entry.type === 'hardlink' ? (sizes.get(entry.linkname) ?? -1) : entry.size
    sizes.set(entry.path, size)
    if (entry.path !== '' && !skip(entry.path)) listing[entry.path] = line(entry, size)
  }
  return listing
}
