import type { Reference } from '@shared/reference'
import type { Platform } from '../oci/manifest'
import type { RegistryClient } from '../registry/client/client'
import type { Source, Sourced } from './copy'
import { openRemoteImage } from './remote-image'
import { openRemoteIndex } from './remote-index'

/** An image in a registry; of one for several platforms, the one that is asked for, or all of it. */
export class RegistrySource implements Source {
  constructor(
    private readonly client: RegistryClient,
    private readonly reference: Reference,
    private readonly platform: Platform | 'all',
  ) {}

  open(signal?: AbortSignal): Promise<Sourced> {
    const { client, platform } = this
    const { path, tag, digest } = this.reference
    const reference = digest ?? tag ?? 'latest'
    return platform === 'all'
      ? openRemoteIndex(client, path, reference, signal)
      : openRemoteImage(client, path, reference, platform, signal)
  }
}
