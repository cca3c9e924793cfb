/** An image in an archive file: what `docker save` writes, or an OCI layout. */
import { z } from 'zod'
import { LaminaError } from '@shared/errors'
import { familiarReference, parseReference } from '@shared/reference'
import { blobPath } from '../image/save'
import type { RawManifest, Store } from '../image/types'
import { digestAlgorithm, digestOf, type Digest } from '../oci/digest'
import { parseImageConfig } from '../oci/image-config'
import { parseIndex, parseManifest, type Descriptor, type Platform } from '../oci/manifest'
import { isIndexType, layerCompression, OCI_INDEX, OCI_MANIFEST } from '../oci/media-types'
import { ArchiveFile } from './archive-file'
import { bytesBlob, type Source, type Sourced, type SourcedDocument } from './copy'
import { KnownForms } from './known-forms'
import { choosePlatform } from './platform'
import { collectIndex } from './remote-index'
import { SavedImage } from './saved-image'

const savedSchema = z.array(
  z.looseObject({
    Config: z.string(),
    RepoTags: z.array(z.string()).nullish(),
    Layers: z.array(z.string()),
  }),
)

/** What of the archive is meant. */
export interface ArchivedChoice {
  /** A name that stands in it; null: the only image. */
  image: string | null
  platform: Platform | 'all'
}

export class ArchiveSource implements Source {
  private saved: SavedImage | null = null

  constructor(
    private readonly store: Store,
    private readonly path: string,
    private readonly choice: ArchivedChoice,
  ) {}

  /** Errors: `not_found`, `archive_corrupted`, `archive_unsupported`, `platform_missing`. */
  async open(signal?: AbortSignal): Promise<Sourced> {
    const archive = await ArchiveFile.open(this.path, signal)
    const layout = archive.documents.get('index.json')
    const docker = archive.documents.get('manifest.json')
    if (layout) {
      const sourced = await this.fromLayout(archive, layout)
      if (sourced.kind === 'index' || !docker || (await isPacked(sourced))) return sourced
    }
    if (docker) return this.fromDocker(archive, docker)
    throw new LaminaError('archive_unsupported', { name: this.path })
  }

  async close(): Promise<void> {
    await this.saved?.close()
  }

  private async fromLayout(archive: ArchiveFile, raw: Buffer): Promise<Sourced> {
    const { platform } = this.choice
    let document = this.chosen(archive, raw)
    if (platform === 'all' && isIndexType(document.mediaType)) {
      return collectIndex(document, {
        name: this.path,
        read: async (descriptor) => readDocument(archive, descriptor),
        open: ({ digest }, start, signal) => archive.read(blobPath(digest), start, signal),
      })
    }
    while (isIndexType(document.mediaType) && platform !== 'all') {
      const index = parseIndex(document.bytes, this.path)
      document = readDocument(archive, choosePlatform(index, platform, this.path))
    }
    return imageOf(archive, document)
  }

  /** The line of `index.json` that is meant; where none has a name, the index itself. */
  private chosen(archive: ArchiveFile, raw: Buffer): SourcedDocument {
    const { manifests } = parseIndex(raw, 'index.json')
    const { image } = this.choice
    const named = image === null ? manifests : manifests.filter((one) => hasName(one, image))
    const digests = new Set(named.map(({ digest }) => digest))
    if (image !== null && digests.size === 0) throw this.notFound(image)
    const [first] = named
    if (digests.size === 1 && first) return readDocument(archive, first)
    const several = named.filter(({ platform }) => platform)
    if (several.length < named.length) throw this.ambiguous()
    return { mediaType: OCI_INDEX, digest: digestOf(raw), bytes: raw }
  }

  private async fromDocker(archive: ArchiveFile, raw: Buffer): Promise<Sourced> {
    const parsed = savedSchema.safeParse(JSON.parse(raw.toString('utf8')))
    if (!parsed.success) throw this.corrupted('manifest.json')
    const { image } = this.choice
    const wanted = image === null ? null : familiar(image)
    const found = parsed.data.filter(
      ({ RepoTags }) => wanted === null || RepoTags?.map(familiar).includes(wanted),
    )
    const [item] = found
    if (!item) throw this.notFound(image ?? this.path)
    if (found.length > 1) throw this.ambiguous()
    const config = archive.documents.get(archive.resolve(item.Config) ?? '')
    if (!config) throw this.corrupted(item.Config)
    const diffIds = parseImageConfig(config, item.Config).rootfs.diff_ids
    if (diffIds.length !== item.Layers.length) throw this.corrupted('manifest.json')
    const paths = new Map<string, Digest>()
    for (const [at, layer] of item.Layers.entries()) {
      const path = archive.resolve(layer)
      if (path !== null) paths.set(path, diffIds[at] as Digest)
    }
    this.saved = new SavedImage(this.store, await KnownForms.of(this.store), {
      id: digestOf(config),
      diffIds,
      config,
      paths,
      open: async (signal) => archive.stream(signal),
    })
    return this.saved.sourced
  }

  private notFound(name: string): LaminaError {
    return new LaminaError('not_found', { name })
  }

  private ambiguous(): LaminaError {
    const reason = 'the archive holds several images: name one of them'
    return new LaminaError('invalid_input', { field: 'image', reason })
  }

  private corrupted(part: string): LaminaError {
    return new LaminaError('archive_corrupted', { name: this.path, reason: `${part} is damaged` })
  }
}

function imageOf(archive: ArchiveFile, { mediaType, digest, bytes }: SourcedDocument): Sourced {
  const manifest = parseManifest(bytes, archive.path)
  const raw: RawManifest = {
    raw: bytes,
    manifest,
    descriptor: { mediaType, digest, size: bytes.length },
  }
  const config = readDocument(archive, manifest.config).bytes
  const diffIds = parseImageConfig(config, archive.path).rootfs.diff_ids
  if (diffIds.length !== manifest.layers.length) {
    throw new LaminaError('document_invalid', { name: archive.path, reason: 'diff_ids' })
  }
  return {
    kind: 'image',
    digest,
    layers: manifest.layers.map((layer, at) => ({
      diffId: diffIds[at] as Digest,
      known: async () => layer,
      descriptor: async () => layer,
      open: async ({ start = 0, signal } = {}) =>
        archive.read(blobPath(layer.digest), start, signal),
    })),
    config: bytesBlob(config, async () => manifest.config),
    manifest: async () => raw,
  }
}

/** A manifest, an index or a config, checked. Throws `archive_corrupted`, `digest_mismatch`. */
function readDocument(archive: ArchiveFile, { digest, mediaType }: Descriptor): SourcedDocument {
  const bytes = archive.documents.get(blobPath(digest))
  if (!bytes) {
    const reason = `${digest} is missing`
    throw new LaminaError('archive_corrupted', { name: archive.path, reason })
  }
  const actual = digestOf(bytes, digestAlgorithm(digest))
  if (actual === digest) return { mediaType: mediaType || OCI_MANIFEST, digest, bytes }
  throw new LaminaError('digest_mismatch', {}, { cause: `${digest}: its content is ${actual}` })
}

/** Plain tars are packed before they travel, as those of a daemon. */
async function isPacked(sourced: Sourced): Promise<boolean> {
  if (sourced.kind === 'index') return true
  const descriptors = await Promise.all(sourced.layers.map((layer) => layer.descriptor()))
  return descriptors.every(({ mediaType }) => layerCompression(mediaType) !== 'none')
}

function hasName({ annotations }: Descriptor, image: string): boolean {
  const full = annotations?.['io.containerd.image.name']
  const short = annotations?.['org.opencontainers.image.ref.name']
  return short === image || [full, short].some((name) => name && familiar(name) === familiar(image))
}

function familiar(name: string): string {
  const parsed = parseReference(name)
  return parsed.ok ? familiarReference(parsed.reference) : name
}
