import type { Reference } from '@shared/reference'
import type { Platform } from '../oci/manifest'
import type { RegistryClient } from '../registry/client/client'
import type { Source, SourcedImage } from './copy'
import { openRemoteImage } from './remote-image'

/** An image in a registry; of one for several platforms, the one that is asked for. */
export class RegistrySource implements Source {
  constructor(
    private readonly client: RegistryClient,
    private readonly reference: Reference,
    private readonly platform: Platform,
  ) {}

  open(signal?: AbortSignal): Promise<SourcedImage> {
    const { path, tag, digest } = this.reference
    return openRemoteImage(this.client, path, digest ?? tag ?? 'latest', this.platform, signal)
  }
}
