import { parseReference, fullReference, type Reference } from '@shared/reference'
import type { Store } from '../image/types'
import type { Digest } from '../oci/digest'
import { connectRegistry, type RegistryAccess } from './connect'
import { copy, type SinkResult } from './copy'
import { giver } from './local-registry'
import type { TransferOptions } from './progress'
import { RegistrySink, type RegistryTarget } from './registry-sink'
import { StoreSource } from './store-source'
import { UploadJournal } from './upload-journal'

export interface PushOptions extends TransferOptions, RegistryAccess {
  /** Which image is sent, by any name; the one that has the reference by default. */
  image?: string
}

/**
 * `docker push`: sends an image of the store to the registry of a reference with a tag, and keeps
 * the digest reference under which it stands there now. Errors: `not_found` for no such image,
 * those of the registry client, `digest_mismatch`, `cancelled`.
 */
export async function pushImage(
  store: Store,
  reference: Reference,
  { image = fullReference(reference), ...options }: PushOptions = {},
): Promise<SinkResult> {
  const { domain, path, tag } = reference
  const { id } = store.images.resolve(image)
  const client = await connectRegistry(domain, options, options.signal)
  try {
    const result = await copy(
      new StoreSource(store, id),
      new RegistrySink(
        client,
        {
          repository: path,
          tag,
          mountFrom: ({ diffId }) => diffId && otherRepository(store, domain, path, diffId),
          ...given(giver(options.local, domain, path, store.blobs)),
        },
        await UploadJournal.of(store),
      ),
      options,
    )
    if (result.digest) await store.images.tag(id, `${domain}/${path}@${result.digest}`)
    return result
  } finally {
    await client.close()
  }
}

const given = (give: RegistryTarget['give']) => (give ? { give } : {})

/** A repository of the same registry in which an image with this layer was pushed or pulled. */
export function otherRepository(
  store: Store,
  domain: string,
  path: string,
  diffId: Digest,
): string | null {
  for (const { diffIds, digests } of store.images.list()) {
    if (!diffIds.includes(diffId)) continue
    for (const name of digests) {
      const parsed = parseReference(name)
      if (!parsed.ok) continue
      const { reference } = parsed
      if (reference.domain === domain && reference.path !== path) return reference.path
    }
  }
  return null
}
