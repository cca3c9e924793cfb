import type { Lease } from '../blob/blob-store'
import type { Image, Store } from '../image/types'
import type { Descriptor } from '../oci/manifest'
import { sourcedImage, type Source, type SourcedImage, type SourcedLayer } from './copy'

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
    const image = await images.image(id)
    const sourced = sourcedImage(image, null)
    return {
      ...sourced,
      layers: sourced.layers.map((layer) => ({ ...layer, known: () => this.known(layer) })),
      config: { ...sourced.config, known: () => configOf(image) },
      prepare: async (layer, options) => {
        const { digest } = await layers.compressed(layer.diffId, options)
        this.lease?.add(digest)
      },
    }
  }

  close(): void {
    this.lease?.release()
  }

  /** Null for a layer that has never been packed. */
  private async known({ diffId, descriptor }: SourcedLayer): Promise<Descriptor | null> {
    const forms = this.store.layers.get(diffId)?.forms ?? []
    return forms.some(({ compression }) => compression !== 'none') ? descriptor() : null
  }
}

/** Without the manifest, which may want layers to be packed first. */
async function configOf({ id, rawConfig }: Image): Promise<Descriptor> {
  return { mediaType: '', digest: id, size: rawConfig.length }
}
