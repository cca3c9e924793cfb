/** What `index.json` of an OCI layout says (image-spec image-layout.md). */
import { LaminaError } from '@shared/errors'
import { parseReference } from '@shared/reference'
import { type Digest, digestAlgorithm, digestHex, digestOf } from '../oci/digest'
import { parseImageConfig } from '../oci/image-config'
import {
  type Descriptor,
  type Manifest,
  parseIndex,
  parseManifest,
  type Platform,
} from '../oci/manifest'
import { isIndexType, isManifestType, layerCompression, OCI_MANIFEST } from '../oci/media-types'
import { type Archive, corrupted, layerAt } from './archive-reader'
import type { ArchivedImage } from './load'
import type { Store } from './types'

/** Indexes may name indexes, but nobody has a reason to nest them deeper. */
const MAX_DEPTH = 4

/** @throws LaminaError archive_unsupported, archive_corrupted, digest_mismatch */
export async function layoutImages(
  store: Store,
  archive: Archive,
  platform: Platform,
): Promise<ArchivedImage[]> {
  const raw = archive.documents.get('index.json')
  if (!raw) throw unsupported(archive)
  const images = new Map<Digest, ArchivedImage>()
  for (const entry of parseIndex(raw, 'index.json').manifests) {
    const found = imageManifests(archive, entry)
    const wanted = found.length > 1 ? forPlatform(found, platform) : found
    for (const { descriptor, bytes } of wanted) {
      const known = images.get(descriptor.digest)
      const image = known ?? readImage(store, archive, bytes)
      image.names.push(...namesOf(entry).filter((name) => !image.names.includes(name)))
      images.set(descriptor.digest, image)
    }
  }
  if (images.size === 0) throw corrupted('index.json names no image')
  return [...images.values()]
}

/** The bytes under a digest, checked; null: not in the archive, or not a document. */
export function blobDocument(archive: Archive, digest: Digest): Buffer | null {
  const bytes = archive.documents.get(blobPath(digest))
  if (!bytes) return null
  const actual = digestOf(bytes, digestAlgorithm(digest))
  if (actual === digest) return bytes
  throw new LaminaError('digest_mismatch', {}, { cause: `${digest}: its content is ${actual}` })
}

/** An image manifest with its media type; null: some other document. */
export function manifestOfImage(bytes: Buffer): { mediaType: string; manifest: Manifest } | null {
  try {
    const manifest = parseManifest(bytes)
    return { mediaType: manifest.mediaType ?? OCI_MANIFEST, manifest }
  } catch (error) {
    if (error instanceof LaminaError && error.code === 'document_invalid') return null
    throw error
  }
}

interface FoundManifest {
  descriptor: Descriptor
  bytes: Buffer
}

/**
 * The image manifests that a line of the index leads to, each once: indexes that name one another
 * many times would multiply. Those of attestations are left out.
 */
function imageManifests(
  archive: Archive,
  descriptor: Descriptor,
  depth = 0,
  seen = new Set<Digest>(),
): FoundManifest[] {
  if (depth > MAX_DEPTH) throw corrupted('its indexes are nested too deeply')
  if (descriptor.annotations?.['vnd.docker.reference.type'] !== undefined) return []
  if (seen.has(descriptor.digest)) return []
  seen.add(descriptor.digest)
  const bytes = blobDocument(archive, descriptor.digest)
  if (!bytes) {
    // A copy of one platform still names the others in its index.
    if (depth > 0) return []
    throw corrupted(`the manifest ${descriptor.digest} is missing`)
  }
  if (bytes.length !== descriptor.size) throw corrupted(`the size of ${descriptor.digest} is wrong`)
  if (isManifestType(descriptor.mediaType)) return [{ descriptor, bytes }]
  // An artifact of some other kind.
  if (!isIndexType(descriptor.mediaType)) return []
  const { manifests } = parseIndex(bytes, descriptor.digest)
  return manifests.flatMap((entry) => imageManifests(archive, entry, depth + 1, seen))
}

function forPlatform(found: FoundManifest[], platform: Platform): FoundManifest[] {
  const fitting = found.filter(
    ({ descriptor }) =>
      descriptor.platform?.os === platform.os &&
      descriptor.platform.architecture === platform.architecture,
  )
  return fitting.length > 0 ? fitting.slice(0, 1) : found
}

function readImage(store: Store, archive: Archive, raw: Buffer): ArchivedImage {
  const { mediaType = OCI_MANIFEST, config: described, layers } = parseManifest(raw)
  const rawConfig = blobDocument(archive, described.digest)
  if (!rawConfig) throw corrupted(`the config ${described.digest} is missing`)
  const { rootfs } = parseImageConfig(rawConfig, described.digest)
  if (rootfs.diff_ids.length !== layers.length)
    throw corrupted(
      `invalid manifest, layers length mismatch: expected ${rootfs.diff_ids.length}, got ${layers.length}`,
    )
  layers.forEach((layer, index) => checkLayer(store, archive, layer, rootfs.diff_ids[index]))
  return { rawConfig, names: [], manifest: { mediaType, raw } }
}

function checkLayer(
  store: Store,
  archive: Archive,
  { digest, size, mediaType }: Descriptor,
  diffId: Digest | undefined,
): void {
  if (layerCompression(mediaType) === null)
    throw new LaminaError('archive_unsupported', {
      name: 'tar',
      reason: `it has layers of the type ${mediaType}`,
    })
  const layer = layerAt(archive, blobPath(digest)) ?? store.layers.byBlob(digest)
  if (!layer) throw corrupted(`the layer ${digest} is missing`)
  const form = layer.forms.find((form) => form.digest === digest)
  if (!form || layer.diffId !== diffId)
    throw new LaminaError(
      'digest_mismatch',
      {},
      { cause: `layer ${digest}: its content is ${layer.forms[0]?.digest}, ${layer.diffId}` },
    )
  if (form.size !== size) throw corrupted(`the size of ${digest} is wrong`)
}

/** containerd and Docker write the full name; skopeo what the user gave, perhaps only a tag. */
function namesOf({ annotations }: Descriptor): string[] {
  const full = annotations?.['io.containerd.image.name']
  const short = annotations?.['org.opencontainers.image.ref.name']
  const name = full ?? (short && /[:/]/.test(short) ? short : undefined)
  if (name === undefined) return []
  if (!parseReference(name).ok) throw corrupted(`invalid name ${JSON.stringify(name)}`)
  return [name]
}

function blobPath(digest: Digest): string {
  return `blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`
}

function unsupported(archive: Archive): LaminaError {
  const old = archive.documents.has('repositories')
  const reason = old
    ? 'it was written by a Docker before 1.10'
    : 'it holds neither manifest.json nor index.json'
  return new LaminaError('archive_unsupported', { name: 'tar', reason })
}
