import { fullReference, type Reference } from '@shared/reference'
import type { Store } from '../image/types'
import type { Platform } from '../oci/manifest'
import { connectRegistry, type RegistryAccess } from './connect'
import { copy, type SinkResult } from './copy'
import { finder } from './local-registry'
import { hostPlatform } from './platform'
import type { TransferOptions } from './progress'
import { RegistrySource } from './registry-source'
import { StoreSink } from './store-sink'

export interface PullOptions extends TransferOptions, RegistryAccess {
  /** Linux on this machine's processor by default. */
  platform?: Platform
}

/**
 * `docker pull`: brings an image into the store under its tag (or digest) and its digest reference.
 * `upToDate` is Docker's "Image is up to date". Errors: those of the registry client,
 * `platform_missing`, `document_invalid`, `digest_mismatch`, those of the disk, `cancelled`; then
 * nothing of it has a name, and gc removes what came.
 */
export async function pullImage(
  store: Store,
  reference: Reference,
  { platform = hostPlatform(), ...options }: PullOptions = {},
): Promise<SinkResult> {
  const { tag, digest } = reference
  const client = await connectRegistry(reference.domain, options, options.signal)
  try {
    return await copy(
      new RegistrySource(client, reference, platform),
      new StoreSink(
        store,
        {
          tag: tag === null || digest !== null ? null : fullReference(reference),
          repository: `${reference.domain}/${reference.path}`,
        },
        finder(options.local, reference.domain, reference.path),
      ),
      options,
    )
  } finally {
    await client.close()
  }
}
