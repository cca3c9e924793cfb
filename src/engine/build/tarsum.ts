/**
 * The hash of a file by which the classic builder knows whether COPY would do the same again, and that
 * history shows: header fields and content (moby pkg/tarsum, version 1: no times).
 */
import { createHash, type Hash } from 'node:crypto'
import { bytesOf } from '../container/fs/host-tree'
import { encodeName } from '../layer/names'
import { TYPE_FLAGS } from '../layer/tar-fields'
import type { Content, LayerEntry } from '../layer/types'

/** What of a header is not in a layer's entry. */
export interface RawHeader {
  /** As it stands in the tar: with the bits of the type, where its writer sets them. */
  mode: number
  name: string
  /** Names of the owner and the group, where the hash has them. */
  owner?: { user: string; group: string }
}

/** A hash that has the header and waits for the content. */
export function beginSum(entry: LayerEntry, raw: RawHeader): Hash {
  const hash = createHash('sha256')
  const field = (name: string, value: string): void => {
    hash.update(name).update(encodeName(value))
  }
  field('name', raw.name)
  field('mode', String(raw.mode))
  field('uid', String(entry.uid))
  field('gid', String(entry.gid))
  field('size', String(entry.size))
  field('typeflag', TYPE_FLAGS[entry.type])
  field('linkname', entry.linkname)
  field('uname', raw.owner?.user ?? '')
  field('gname', raw.owner?.group ?? '')
  field('devmajor', String(entry.devMajor))
  field('devminor', String(entry.devMinor))
  for (const [name, value] of [...(entry.xattrs ?? [])].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(name).update(value)
  }
  return hash
}

/** @returns hex */
export async function tarSum(entry: LayerEntry, raw: RawHeader, content: Content): Promise<string> {
  const hash = beginSum(entry, raw)
  for await (const chunk of bytesOf(content)) hash.update(chunk)
  return hash.digest('hex')
}
