import type { Lease } from '../blob/blob-store'
import type { Store } from '../image/types'
import type { Source, SourcedImage } from './copy'

/** An image of the bundled store, by any name. It can be removed meanwhile: its blobs stay. */
export class StoreSource implements Source {
  private lease: Lease | null = null

  constructor(
    private readonly store: Store,
    private readonly name: string,
  ) {}

  async open(): Promise<SourcedImage> {
    const { images, layers, blobs } = this.store
    const { id, diffIds } = images.resolve(this.name)
    this.lease = blobs.lease()
    this.lease.add(id)
    for (const diffId of diffIds) {
      for (const { digest } of layers.get(diffId)?.forms ?? []) this.lease.add(digest)
    }
    return {
      image: await images.image(id),
      digest: null,
      prepare: async (layer, options) => {
        const { digest } = await layers.compressed(layer.diffId, options)
        this.lease?.add(digest)
      },
    }
  }

  close(): void {
    this.lease?.release()
  }
}
