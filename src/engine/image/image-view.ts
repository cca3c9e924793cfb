/** An image of the store as the `Image` that every source and sink understands. */
import { digestOf, type Digest } from '../oci/digest'
import { goJson } from '../oci/go-json'
import { parseImageConfig } from '../oci/image-config'
import { type Descriptor, parseManifest } from '../oci/manifest'
import { DOCKER_CONFIG, DOCKER_MANIFEST } from '../oci/media-types'
import type { BlobStore } from '../blob/blob-store'
import type { Image, LayerStore, RawManifest, StoredImage } from './types'

export async function imageView(
  blobs: BlobStore,
  layers: LayerStore,
  image: StoredImage,
): Promise<Image> {
  const rawConfig = await blobs.read(image.id)
  const views = image.diffIds.map((diffId) => layers.layer(diffId))
  return {
    id: image.id,
    rawConfig,
    config: parseImageConfig(rawConfig, image.id),
    layers: views,
    manifest: async () =>
      (await knownManifest(blobs, layers, image)) ??
      newManifest(image.id, rawConfig, await Promise.all(views.map((layer) => layer.descriptor()))),
  }
}

/** One that it came with, where the blobs are still kept that it names. */
async function knownManifest(
  blobs: BlobStore,
  layers: LayerStore,
  image: StoredImage,
): Promise<RawManifest | null> {
  for (const { digest, mediaType } of image.manifests) {
    const raw = await blobs.read(digest)
    const manifest = parseManifest(raw, digest)
    const travels = await Promise.all(
      image.diffIds.map(async (diffId) => (await layers.layer(diffId).descriptor()).digest),
    )
    if (manifest.layers.every((layer, index) => layer.digest === travels[index]))
      return { raw, manifest, descriptor: { mediaType, digest, size: raw.length } }
  }
  return null
}

function newManifest(id: Digest, rawConfig: Buffer, layers: Descriptor[]): RawManifest {
  const raw = goJson({
    schemaVersion: 2,
    mediaType: DOCKER_MANIFEST,
    config: { mediaType: DOCKER_CONFIG, size: rawConfig.length, digest: id },
    layers: layers.map(({ mediaType, size, digest }) => ({ mediaType, size, digest })),
  })
  const descriptor = { mediaType: DOCKER_MANIFEST, digest: digestOf(raw), size: raw.length }
  return { raw, descriptor, manifest: parseManifest(raw) }
}
