/** What a registry has of an image, before anything is sent: for the sink, and for a preview. */
import { isForeignLayer } from '../oci/media-types'
import type { Digest } from '../oci/digest'
import type { Descriptor } from '../oci/manifest'
import type { RegistryClient } from '../registry/client/client'
import type { SourcedBlob } from './copy'

export interface RegistryTarget {
  /** Path in the registry: `mhk/debian`. */
  repository: string
  /** Tag; null pushes by digest alone. */
  tag: string | null
  /** Another repository of this registry that may have the blob (by digest or diffID), or null. */
  mountFrom?: (blob: { digest: Digest; diffId: Digest | null }) => string | null
  /** Gives the registry a blob without sending it; false: it has to be sent. */
  give?: (digest: Digest) => Promise<boolean>
}

export interface BlobState {
  /** `foreign`: fetched from elsewhere, never sent; `unknown`: it is not made yet. */
  state: 'exists' | 'missing' | 'foreign' | 'unknown'
  descriptor: Descriptor | null
}

/** Whether the repository has a blob, as far as its form is known. */
export async function checkBlob(
  client: RegistryClient,
  repository: string,
  blob: SourcedBlob,
  signal?: AbortSignal,
): Promise<BlobState> {
  const descriptor = await blob.known()
  if (!descriptor) return { state: 'unknown', descriptor }
  return { state: await stateOf(client, repository, descriptor, signal), descriptor }
}

export async function stateOf(
  client: RegistryClient,
  repository: string,
  { mediaType, digest, size }: Descriptor,
  signal?: AbortSignal,
): Promise<'exists' | 'missing' | 'foreign'> {
  if (isForeignLayer(mediaType)) return 'foreign'
  const head = await client.headBlob(repository, digest, { toPush: true, signal })
  // An answer of another size is not about this blob, whoever gave it.
  return head !== null && (head.size === null || head.size === size) ? 'exists' : 'missing'
}
