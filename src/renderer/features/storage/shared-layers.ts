/** How much is saved by keeping each layer once. Pure. */
import type { StorageContents, StoredLayer } from '@shared/storage'
import { bytesOf } from './clean-up'

export interface SharedLayer {
  layer: StoredLayer
  bytes: number
  /** Names of the images that have it; the id of one without a name. */
  images: string[]
  /** Bytes that it would take once more for every image but the first. */
  saved: number
}

export interface Sharing {
  /** Bytes if every image had its own layers. */
  apart: number
  /** Bytes as they are kept. */
  kept: number
  saved: number
  /** Different layers that images have. */
  layers: number
  /** Layers of two images at least, those that save most first. */
  shared: SharedLayer[]
}

export function sharingOf({ images, layers }: StorageContents): Sharing {
  const users = layers.map((): string[] => [])
  for (const { id, references, layers: own } of images) {
    // The same layer twice in one image is kept once, too.
    for (const layer of own) users[layer]?.push(references[0] ?? id)
  }
  const rows = layers.flatMap((layer, index): SharedLayer[] => {
    const names = users[index] ?? []
    if (names.length === 0) return []
    const bytes = bytesOf(layer)
    return [{ layer, bytes, images: [...new Set(names)], saved: bytes * (names.length - 1) }]
  })
  const sum = (of: (row: SharedLayer) => number) => rows.reduce((all, row) => all + of(row), 0)
  const kept = sum(({ bytes }) => bytes)
  const saved = sum((row) => row.saved)
  const shared = rows
    .filter((row) => row.images.length > 1)
    .sort((a, b) => b.saved - a.saved || b.images.length - a.images.length)
  return { apart: kept + saved, kept, saved, layers: rows.length, shared }
}
