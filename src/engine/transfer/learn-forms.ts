/** What a registry has of an image that was pulled from it or pushed to it by someone else. */
import { LaminaError } from '@shared/errors'
import { parseReference } from '@shared/reference'
import type { RawManifest } from '../image/types'
import type { Digest } from '../oci/digest'
import { parseIndex, parseManifest, type Descriptor } from '../oci/manifest'
import { isForeignLayer, isIndexType, layerCompression, layerMediaType } from '../oci/media-types'
import type { RegistryClient } from '../registry/client/client'
import type { RemoteManifest } from '../registry/client/manifests'

export interface Learned {
  /** Forms of the layers by diffID, and of the config by the image's id. */
  forms: ReadonlyMap<Digest, Descriptor>
  manifest: RawManifest
  /** Where it was found. */
  repository: string
}

/** Platforms of an index that are looked at. */
const MAX_PLATFORMS = 16

/**
 * Reads the manifests under which a daemon knows the image (`RepoDigests`), as far as they are in
 * this registry. Null: none of them is of this image. What cannot be read is passed over.
 */
export async function learnForms(
  client: RegistryClient,
  domain: string,
  {
    id,
    diffIds,
    repoDigests,
  }: { id: Digest; diffIds: readonly Digest[]; repoDigests: readonly string[] },
  signal?: AbortSignal,
): Promise<Learned | null> {
  for (const name of repoDigests) {
    const parsed = parseReference(name)
    if (!parsed.ok || parsed.reference.domain !== domain || !parsed.reference.digest) continue
    const { path: repository, digest } = parsed.reference
    try {
      const found = await manifestOf(client, repository, digest, id, signal)
      if (found && found.manifest.layers.length === diffIds.length) {
        return { forms: formsOf(found, id, diffIds), manifest: found, repository }
      }
    } catch (error) {
      if (signal?.aborted || !(error instanceof LaminaError)) throw error
    }
  }
  return null
}

async function manifestOf(
  client: RegistryClient,
  repository: string,
  digest: string,
  id: Digest,
  signal: AbortSignal | undefined,
): Promise<RawManifest | null> {
  const top = await client.getManifest(repository, digest, signal)
  if (!isIndexType(top.mediaType)) return ofImage(top, id, top.digest === id)
  const entries = parseIndex(top.bytes).manifests.slice(0, MAX_PLATFORMS)
  for (const entry of entries) {
    if (entry.platform?.os === 'unknown') continue
    const child = await client.getManifest(repository, entry.digest, signal)
    const found = ofImage(child, id, child.digest === id)
    if (found) return found
  }
  return null
}

/** With containerd's store a daemon's ids are digests of manifests. */
function ofImage(found: RemoteManifest, id: Digest, byDigest: boolean): RawManifest | null {
  const { mediaType, digest, bytes } = found
  const manifest = parseManifest(bytes)
  if (manifest.config.digest !== id && !byDigest) return null
  return { raw: bytes, manifest, descriptor: { mediaType, digest, size: bytes.length } }
}

/** In Docker's media types, as a new manifest of them has it. */
function formsOf(
  { manifest }: RawManifest,
  id: Digest,
  diffIds: readonly Digest[],
): Map<Digest, Descriptor> {
  const forms = new Map<Digest, Descriptor>([[id, manifest.config]])
  for (const [at, { mediaType, digest, size }] of manifest.layers.entries()) {
    const compression = layerCompression(mediaType) ?? 'gzip'
    const type = isForeignLayer(mediaType) ? mediaType : layerMediaType(compression, 'docker')
    forms.set(diffIds[at] as Digest, { mediaType: type, digest, size })
  }
  return forms
}
