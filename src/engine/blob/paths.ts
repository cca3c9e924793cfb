/**
 * What lies where under the root of the bundled engine. Nothing else builds these paths.
 *
 *   lock                            {pid, started}: the process that owns the root
 *   ingest/<random>                 what is being written; emptied when the store opens
 *   blobs/<algorithm>/<hex>         layers, configs and manifests, under the digest of their bytes
 *   layers/<algorithm>/<hex>.json   a layer by its diffID: its size and the blobs that are forms of it
 *   index/<algorithm>/<hex>         the files of a layer by its diffID; can be made again from the layer
 *   images/<algorithm>/<hex>.json   an image by its id: when it was made, layers, parent, manifests, labels
 *   references.json                 names to image ids; the only thing that makes an image reachable by name
 *   damaged/<hex>                   blobs that fsck found damaged and took out of the way
 *   containers/, volumes/           belong to the rooms of those names
 *
 * Order of writing: blobs, then `layers/`, then `images/`, then `references.json`, each synced before
 * the next; of removing: the other way round. So a crash leaves at worst something that nothing
 * refers to.
 */
import { join } from 'node:path'
import { type Digest, digestAlgorithm, digestHex } from '../oci/digest'

export interface RootPaths {
  root: string
  lock: string
  ingest: string
  blobs: string
  layers: string
  index: string
  images: string
  references: string
  damaged: string
}

export function rootPaths(root: string): RootPaths {
  return {
    root,
    lock: join(root, 'lock'),
    ingest: join(root, 'ingest'),
    blobs: join(root, 'blobs'),
    layers: join(root, 'layers'),
    index: join(root, 'index'),
    images: join(root, 'images'),
    references: join(root, 'references.json'),
    damaged: join(root, 'damaged'),
  }
}

/** `<folder>/<algorithm>/<hex><suffix>` */
export function digestPath(folder: string, digest: Digest, suffix = ''): string {
  return join(folder, digestAlgorithm(digest), digestHex(digest) + suffix)
}
