import type { Store } from '../image/types'
import type { Source, SourcedImage } from './copy'

/** An image of the bundled store, by any name that it goes by there. */
export class StoreSource implements Source {
  constructor(
    private readonly store: Store,
    private readonly name: string,
  ) {}

  async open(): Promise<SourcedImage> {
    const { images } = this.store
    return { image: await images.image(images.resolve(this.name).id), digest: null }
  }
}
