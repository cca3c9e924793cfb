/** An image of the store as the `Image` that every source and sink understands. */
import { digestOf, type Digest } from '../oci/digest'
import { goJson } from '../oci/go-json'
import { parseImageConfig } from '../oci/image-config'
import { type Descriptor, parseManifest } from '../oci/manifest'
import {
  DOCKER_CONFIG,
  DOCKER_MANIFEST,
  layerCompression,
  layerMediaType,
  OCI_CONFIG,
  OCI_LAYER_ZSTD,
  OCI_MANIFEST,
} from '../oci/media-types'
import type { BlobStore } from '../blob/blob-store'
import type { Image, LayerStore, RawManifest, StoredImage } from './types'

export async function imageView(
  blobs: BlobStore,
  layers: LayerStore,
  image: StoredImage,
): Promise<Image> {
  const rawConfig = await blobs.read(image.id)
  const known = await knownManifest(blobs, layers, image)
  const views = image.diffIds.map((diffId, index) =>
    layers.layer(diffId, known?.manifest.layers[index]),
  )
  return {
    id: image.id,
    rawConfig,
    config: parseImageConfig(rawConfig, image.id),
    layers: views,
    manifest: async () =>
      known ??
      newManifest(
        { digest: image.id, size: rawConfig.length },
        await Promise.all(views.map((layer) => layer.descriptor())),
      ),
  }
}

/** One that it came with, where the store has the blobs that it names. */
async function knownManifest(
  blobs: BlobStore,
  layers: LayerStore,
  image: StoredImage,
): Promise<RawManifest | null> {
  for (const { digest, mediaType } of image.manifests) {
    const raw = await blobs.read(digest)
    const manifest = parseManifest(raw, digest)
    const complete =
      manifest.config.digest === image.id &&
      manifest.layers.length === image.diffIds.length &&
      manifest.layers.every((layer, index) =>
        layers
          .get(image.diffIds[index] as Digest)
          ?.forms.some((form) => form.digest === layer.digest),
      )
    if (complete) return { raw, manifest, descriptor: { mediaType, digest, size: raw.length } }
  }
  return null
}

/**
 * The manifest of an image that came without one: of Docker's own kind, which has no name for layers
 * packed with zstd; then an OCI manifest.
 */
export function newManifest(
  config: { digest: Digest; size: number },
  layers: readonly Descriptor[],
): RawManifest {
  const oci = layers.some(({ mediaType }) => mediaType === OCI_LAYER_ZSTD)
  const mediaType = oci ? OCI_MANIFEST : DOCKER_MANIFEST
  const manifest = {
    schemaVersion: 2,
    mediaType,
    config: {
      mediaType: oci ? OCI_CONFIG : DOCKER_CONFIG,
      size: config.size,
      digest: config.digest,
    },
    layers: layers.map((layer) => ({
      mediaType: oci ? ociType(layer) : layer.mediaType,
      size: layer.size,
      digest: layer.digest,
    })),
  }
  // Spread out as Docker writes its own, so that it has the length that Docker tells of it.
  const raw = goJson(manifest, oci ? 0 : 3)
  const descriptor = { mediaType, digest: digestOf(raw), size: raw.length }
  return { raw, descriptor, manifest: parseManifest(raw) }
}

function ociType({ mediaType }: Descriptor): string {
  return layerMediaType(layerCompression(mediaType) ?? 'none', 'oci')
}
