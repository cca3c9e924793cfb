/**
 * Every file of a tree with all that is known of it, to be compared: one of our unions, and a folder
 * of this machine that another unpacker filled, read by the system's tar.
 */
import { createHash } from 'node:crypto'
import type { FileTree, LayerEntry } from '../../../src/engine/layer/types'
import { scan, systemTar } from './tars'

/** By path: type, mode, owner, time, what kind of file needs, and which names are one file. */
export type Listing = Record<string, string>

/** `tars`: the layers that the tree is the union of, base first. */
export function listUnion(tree: FileTree, tars: readonly Buffer[]): Listing {
  const found: Found[] = []
  for (let node = 1; node < tree.count; node++) {
    const entry = tree.entry(node)
    const content = tree.content(node)
    const tar = content && tars[content.layer]
    if (!content || !tar) {
      found.push({ entry, bytes: null, file: entry.path })
      continue
    }
    const { offset, stored } = content.entry
    const bytes = whole(content.entry, tar.subarray(offset, offset + stored))
    found.push({ entry, bytes, file: `${content.layer}:${offset}` })
  }
  return describe(found)
}

export function listFolder(folder: string): Listing {
  const args = ['--format=posix', '--numeric-owner', '--xattrs', '--xattrs-include=*', '.']
  const found = new Map<string, Found>()
  for (const { entry, content } of scan(systemTar(folder, args))) {
    const first = entry.type === 'hardlink' ? found.get(entry.linkname) : undefined
    if (first) found.set(entry.path, { ...first, entry: { ...first.entry, path: entry.path } })
    else found.set(entry.path, { entry, bytes: whole(entry, content), file: entry.path })
  }
  return describe([...found.values()].filter(({ entry }) => entry.path !== ''))
}

interface Found {
  entry: LayerEntry
  /** Null: it is no file, or its content is lost. */
  bytes: Buffer | null
  /** The same for all names of one file. */
  file: string
}

function whole(entry: LayerEntry, stored: Buffer): Buffer {
  if (!entry.sparse) return stored
  const bytes = Buffer.alloc(entry.size)
  let at = 0
  for (const { offset, length } of entry.sparse) {
    stored.copy(bytes, offset, at, at + length)
    at += length
  }
  return bytes
}

function describe(found: readonly Found[]): Listing {
  const firstNames = new Map<string, string>()
  const sorted = [...found].sort((a, b) => (a.entry.path < b.entry.path ? -1 : 1))
  const listing: Listing = {}
  for (const { entry, bytes, file } of sorted) {
    const { path, mode, uid, gid, mtime, mtimeNsec, linkname, devMajor, devMinor } = entry
    const type = entry.type === 'hardlink' ? 'file' : entry.type
    const parts = [`${type} ${uid}:${gid} @${mtime}.${mtimeNsec}`]
    if (type === 'symlink') parts.push(`-> ${linkname}`)
    else parts.push(mode.toString(8))
    if (type === 'char' || type === 'block') parts.push(`${devMajor}:${devMinor}`)
    for (const [name, value] of [...(entry.xattrs ?? [])].sort()) {
      parts.push(`${name}=${value.toString('hex')}`)
    }
    if (type === 'file') {
      const digest = bytes && createHash('sha256').update(bytes).digest('hex').slice(0, 12)
      parts.push(bytes ? `${bytes.length} bytes ${digest}` : 'lost')
      const first = firstNames.get(file)
      if (first === undefined) firstNames.set(file, path)
      else parts.push(`= ${first}`)
    }
    listing[path] = parts.join(' ')
  }
  return listing
}
