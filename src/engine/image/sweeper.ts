/**
 * Mark and sweep. What an image names, what `roots` names and what a lease protects stays; it is safe
 * beside other work as long as whoever puts an image together holds a lease on its parts.
 */
import type { BlobInfo, BlobStore } from '../blob/blob-store'
import type { Digest } from '../oci/digest'
import type { ImageRecord, ImageRecords } from './image-records'
import type { GcReport, LayerStore, StoredLayer } from './types'

interface Marked {
  layers: Set<Digest>
  blobs: Set<Digest>
}

export class Sweeper {
  /** Layers (diffIDs) that something beside the images uses: containers. */
  readonly roots: (() => Iterable<Digest>)[] = []

  constructor(
    readonly blobs: BlobStore,
    readonly layers: LayerStore,
    readonly records: ImageRecords,
  ) {}

  /** Removes everything that nothing refers to. */
  async sweep(): Promise<GcReport> {
    const marked = this.mark()
    const removed: BlobInfo[] = []
    for (const layer of this.layers.list()) {
      if (this.#keeps(marked, layer)) for (const { digest } of layer.forms) marked.blobs.add(digest)
      else await this.layers.remove(layer.diffId)
    }
    for await (const blob of this.blobs.list()) {
      if (marked.blobs.has(blob.digest) || this.blobs.leased(blob.digest)) continue
      // A layer that came in the meantime: the next time will tell whether anything wants it.
      if (this.layers.byBlob(blob.digest)) continue
      if (await this.blobs.delete(blob.digest)) removed.push(blob)
    }
    return { removed, freed: removed.reduce((sum, { size }) => sum + size, 0) }
  }

  /** Removes what only this image had, which has just been forgotten. */
  async sweepImage(image: ImageRecord): Promise<void> {
    const marked = this.mark()
    const candidates = new Set<Digest>([image.id, ...image.manifests.map(({ digest }) => digest)])
    for (const diffId of image.diffIds) {
      const layer = this.layers.get(diffId)
      if (!layer || this.#keeps(marked, layer)) continue
      await this.layers.remove(diffId)
      for (const { digest } of layer.forms) candidates.add(digest)
    }
    for (const digest of candidates)
      if (!marked.blobs.has(digest) && !this.blobs.leased(digest) && !this.layers.byBlob(digest))
        await this.blobs.delete(digest)
  }

  /** Layers and blobs that something refers to, without those that are only leased. */
  mark(): Marked {
    const layers = new Set<Digest>()
    const blobs = new Set<Digest>()
    for (const { id, diffIds, manifests } of this.records.all()) {
      blobs.add(id)
      for (const { digest } of manifests) blobs.add(digest)
      for (const diffId of diffIds) layers.add(diffId)
    }
    for (const roots of this.roots) for (const diffId of roots()) layers.add(diffId)
    for (const diffId of layers)
      for (const { digest } of this.layers.get(diffId)?.forms ?? []) blobs.add(digest)
    return { layers, blobs }
  }

  #keeps(marked: Marked, { diffId, forms }: StoredLayer): boolean {
    if (marked.layers.has(diffId) || this.blobs.leased(diffId)) return true
    return forms.some(({ digest }) => this.blobs.leased(digest))
  }
}
