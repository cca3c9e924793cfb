/** A part of a container as the entries of a tar: for `docker export` and for copies out of it. */
import type { LayerSource } from '../../layer/types'
import { join, type Item } from './tree'

interface Walkable {
  lookup(path: string): Item | null | Promise<Item | null>
  list(path: string): string[] | Promise<string[]>
}

/**
 * What is at `path` and below, each directory before what is in it. `as` is the path that it gets in
 * the tar; "/" makes absolute names. Further names of a file that went out already become hard links.
 */
export async function* walk(
  files: Walkable,
  path: string,
  as: string,
  seen = new Map<Item['identity'], string>(),
): AsyncGenerator<LayerSource> {
  const item = await files.lookup(path)
  // Taken away while we were on the way.
  if (!item) return
  const { identity, content } = item
  // As dockerd writes tars: whole seconds.
  const entry = { ...item.entry, mtimeNsec: 0 }
  const first = identity === null ? undefined : seen.get(identity)
  if (first !== undefined) {
    const link = { type: 'hardlink', linkname: first, size: 0, stored: 0, sparse: null } as const
    yield { entry: { ...entry, ...link, path: as }, content: null }
    return
  }
  if (identity !== null) seen.set(identity, as)
  yield { entry: { ...entry, path: as }, content }
  if (entry.type !== 'directory') return
  for (const name of await files.list(path)) {
    const childAs = as === '/' ? `/${name}` : join(as, name)
    yield* walk(files, join(path, name), childAs, seen)
  }
}
