/** Views of an image that is in a registry: nothing but the manifest and the config is fetched. */
import { LaminaError } from '@shared/errors'
import type { Image, RawManifest } from '../image/types'
import { digestAlgorithm, digestOf, type Digest } from '../oci/digest'
import { parseImageConfig, type ImageConfig } from '../oci/image-config'
import { MAX_DOCUMENT } from '../oci/json'
import { parseIndex, parseManifest, type Descriptor, type Platform } from '../oci/manifest'
import { isIndexType, isManifestType, layerCompression } from '../oci/media-types'
import type { RegistryClient } from '../registry/client/client'
import type { RemoteManifest } from '../registry/client/manifests'
import { sourcedImage, type SourcedImage } from './copy'
import { choosePlatform } from './platform'
import { RemoteLayer } from './remote-layer'
import { registryError } from '../registry/client/registry-error'

/** How deep indexes may stand in indexes. */
const MAX_DEPTH = 3

/**
 * Opens an image by tag or digest; of an index, the one for `platform`.
 * Errors: those of the client, `platform_missing`, `document_invalid`, `digest_mismatch`.
 */
export async function openRemoteImage(
  client: RegistryClient,
  repository: string,
  reference: string,
  platform: Platform,
  signal?: AbortSignal,
): Promise<SourcedImage> {
  const name = `${client.endpoint.address}/${repository}`
  const found = await client.getManifest(repository, reference, signal)
  let manifest = found
  for (let depth = 0; isIndexType(manifest.mediaType); depth++) {
    if (depth === MAX_DEPTH) throw invalid(name, 'indexes within indexes within indexes')
    const chosen = choosePlatform(parseIndex(manifest.bytes, name), platform, name)
    manifest = await client.getManifest(repository, chosen.digest, signal)
  }
  if (!isManifestType(manifest.mediaType)) {
    throw invalid(name, `a manifest of the type ${manifest.mediaType}`)
  }
  return sourcedImage(await imageOf(client, repository, name, manifest, signal), found.digest)
}

/** The view of an image whose manifest is known. */
export async function imageOf(
  client: RegistryClient,
  repository: string,
  name: string,
  { mediaType, digest, bytes }: RemoteManifest,
  signal: AbortSignal | undefined,
): Promise<Image> {
  const manifest = parseManifest(bytes, name)
  const raw: RawManifest = {
    descriptor: { mediaType, digest, size: bytes.length },
    raw: bytes,
    manifest,
  }
  const strange = manifest.layers.find((layer) => layerCompression(layer.mediaType) === null)
  if (strange) throw invalid(name, `a layer of the type ${strange.mediaType}: no container image`)
  const rawConfig = await readSmallBlob(client, repository, manifest.config, signal)
  const config = parseImageConfig(rawConfig, name)
  const diffIds = config.rootfs.diff_ids
  if (diffIds.length !== manifest.layers.length) {
    throw invalid(name, `${manifest.layers.length} layers, but ${diffIds.length} diff ids`)
  }
  const layers = manifest.layers.map(
    (descriptor, at) => new RemoteLayer(client, repository, descriptor, diffIds[at] as Digest),
  )
  return new RemoteImage(manifest.config.digest, config, rawConfig, layers, raw)
}

class RemoteImage implements Image {
  constructor(
    readonly id: Digest,
    readonly config: ImageConfig,
    readonly rawConfig: Buffer,
    readonly layers: readonly RemoteLayer[],
    private readonly raw: RawManifest,
  ) {}

  async manifest(): Promise<RawManifest> {
    return this.raw
  }
}

/** A small blob (a config), checked. */
export async function readSmallBlob(
  client: RegistryClient,
  repository: string,
  { digest, size }: Descriptor,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  const name = `${client.endpoint.address}/${repository}@${digest}`
  if (size > MAX_DOCUMENT) throw invalid(name, `larger than ${MAX_DOCUMENT} bytes`)
  const parts: Buffer[] = []
  let length = 0
  for await (const part of client.readBlob(repository, digest, { size, signal })) {
    length += part.length
    if (length > size) break
    parts.push(part)
  }
  const bytes = Buffer.concat(parts)
  if (length !== size || digestOf(bytes, digestAlgorithm(digest)) !== digest) {
    const cause = new Error(`${name}: other bytes arrived than the manifest promised`)
    throw registryError('digest_mismatch', {}, { cause })
  }
  return bytes
}

function invalid(name: string, reason: string): LaminaError {
  return new LaminaError('document_invalid', { name, reason })
}
