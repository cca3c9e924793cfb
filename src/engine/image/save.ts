/**
 * `docker save`: an archive that Docker reads by `manifest.json` (moby image/tarexport) and others
 * as an OCI layout (image-spec image-layout.md), as Docker 25 and later write it. Layers travel as
 * they are kept, once each however many images have them; nothing is compressed or hashed here.
 */
import { LaminaError } from '@shared/errors'
import { parseReference } from '@shared/reference'
import type { ByteStream } from '../blob/blob-store'
import { makeEntry } from '../layer/make-entry'
import { packTar } from '../layer/tar-writer'
import type { Content, LayerSource } from '../layer/types'
import { type Digest, digestAlgorithm, digestHex, digestOf } from '../oci/digest'
import { goJson } from '../oci/go-json'
import { type Descriptor, type Manifest, parseManifest } from '../oci/manifest'
import { layerMediaType, OCI_CONFIG, OCI_INDEX, OCI_MANIFEST } from '../oci/media-types'
import { type NamedImage, namedImages } from './archive-names'
import type { LayerForm, Store } from './types'

/**
 * The archive of these images. The names are looked up at once (`not_found`), the bytes come when
 * they are read; leaving the loop early ends it. What is being sent is safe from gc.
 */
export async function saveArchive(
  store: Store,
  names: readonly string[],
  options: { signal?: AbortSignal } = {},
): Promise<ByteStream> {
  const images = namedImages(store, names)
  const lease = store.blobs.lease()
  try {
    for (const { image } of images) {
      lease.add(image.id)
      for (const { digest } of formsOf(store, image.diffIds)) lease.add(digest)
    }
    const entries = await archiveEntries(store, images)
    return release(packTar(entries, options), () => lease.release())
  } catch (error) {
    lease.release()
    throw error
  }
}

async function* release(stream: ByteStream, done: () => void): ByteStream {
  try {
    yield* stream
  } finally {
    done()
  }
}

async function archiveEntries(store: Store, images: NamedImage[]): Promise<LayerSource[]> {
  const blobs = new Map<Digest, Content>()
  const items = []
  const manifests: Descriptor[] = []
  const repositories: Record<string, Record<string, string>> = {}
  const saved = new Set(images.map(({ image }) => image.id))
  for (const { image, tags } of images) {
    const config = await store.images.rawConfig(image.id)
    const forms = formsOf(store, image.diffIds)
    blobs.set(image.id, config)
    for (const { digest, size } of forms)
      blobs.set(digest, { file: store.blobs.path(digest), offset: 0, length: size })
    items.push({
      Config: blobPath(image.id),
      RepoTags: tags.length > 0 ? tags : null,
      Layers: forms.map(({ digest }) => blobPath(digest)),
      ...(image.parent && saved.has(image.parent) && { Parent: image.parent }),
    })
    const { raw, mediaType } = await manifestOf(store, image.manifests, image.id, config, forms)
    const digest = digestOf(raw)
    blobs.set(digest, raw)
    manifests.push(...namedDescriptors({ mediaType, digest, size: raw.length }, tags))
    const top = forms[forms.length - 1]
    for (const tag of top ? tags : [])
      nameLegacy(repositories, tag, digestHex(top?.digest as Digest))
  }
  return [
    archiveFolder('blobs'),
    ...[...new Set([...blobs.keys()].map(digestAlgorithm))].map((name) =>
      archiveFolder(`blobs/${name}`),
    ),
    ...[...blobs].map(([digest, content]) => archiveFile(blobPath(digest), content)),
    archiveFile('index.json', goJson({ schemaVersion: 2, mediaType: OCI_INDEX, manifests })),
    archiveFile('manifest.json', goJson(items)),
    archiveFile('oci-layout', goJson({ imageLayoutVersion: '1.0.0' })),
    ...(Object.keys(repositories).length > 0
      ? [archiveFile('repositories', goJson(repositories))]
      : []),
  ]
}

/** How each layer is kept, base first. */
function formsOf(store: Store, diffIds: readonly Digest[]): LayerForm[] {
  return diffIds.map((diffId) => {
    const form = store.layers.get(diffId)?.forms[0]
    if (form) return form
    throw new LaminaError('store_damaged', { path: diffId, reason: 'the layer is missing' })
  })
}

/** The manifest that it came with, where that names just these blobs; else a new one. */
async function manifestOf(
  store: Store,
  known: readonly Descriptor[],
  id: Digest,
  config: Buffer,
  forms: LayerForm[],
): Promise<{ raw: Buffer; mediaType: string }> {
  for (const { digest, mediaType } of known) {
    const raw = await store.blobs.read(digest)
    if (namesBlobs(parseManifest(raw), id, forms)) return { raw, mediaType }
  }
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: { mediaType: OCI_CONFIG, digest: id, size: config.length },
    layers: forms.map(({ compression, digest, size }) => ({
      mediaType: layerMediaType(compression, 'oci'),
      digest,
      size,
    })),
  }
  return { raw: goJson(manifest), mediaType: OCI_MANIFEST }
}

function namesBlobs(manifest: Manifest, id: Digest, forms: LayerForm[]): boolean {
  return (
    manifest.config.digest === id &&
    manifest.layers.length === forms.length &&
    manifest.layers.every(({ digest }, index) => digest === forms[index]?.digest)
  )
}

/** One line of the index for each name, as containerd and Docker 25 write them. */
export function namedDescriptors(descriptor: Descriptor, tags: string[]): Descriptor[] {
  if (tags.length === 0) return [descriptor]
  return tags.map((tag) => {
    const parsed = parseReference(tag)
    const {
      domain,
      path,
      tag: short,
    } = parsed.ok ? parsed.reference : { domain: '', path: tag, tag: null }
    return {
      ...descriptor,
      annotations: {
        'io.containerd.image.name': `${domain}/${path}:${short ?? 'latest'}`,
        'org.opencontainers.image.ref.name': short ?? 'latest',
      },
    }
  })
}

/** `repositories`: what Docker before 1.10 read. */
function nameLegacy(
  repositories: Record<string, Record<string, string>>,
  name: string,
  layer: string,
): void {
  const colon = name.lastIndexOf(':')
  const tags = (repositories[name.slice(0, colon)] ??= {})
  tags[name.slice(colon + 1)] = layer
}

/** Where a blob lies in an OCI layout. */
export function blobPath(digest: Digest): string {
  return `blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`
}

/** A folder of an archive. Archives of the same images are the same bytes: no times, no owner. */
export function archiveFolder(path: string): LayerSource {
  return { entry: makeEntry({ path, type: 'directory', mode: 0o755 }), content: null }
}

/** A file of an archive. */
export function archiveFile(path: string, content: Content): LayerSource {
  const size = content?.length ?? 0
  const entry = makeEntry({ path, type: 'file', mode: 0o644, size, stored: size })
  return { entry, content }
}
