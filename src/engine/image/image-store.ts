/** The images of a root: records and names in memory, every change on the disk before it is seen. */
import { LaminaError } from '@shared/errors'
import type { BlobStore } from '../blob/blob-store'
import { chainIds } from '../oci/chain-id'
import { type Digest, digestOf, isDigest } from '../oci/digest'
import { type ImageConfig, parseImageConfig } from '../oci/image-config'
import { parseManifest } from '../oci/manifest'
import {
  findById,
  isCanonical,
  mayBeId,
  noSuchImage,
  parseName,
  referenceKey,
  refuseAlgorithm,
} from './image-names'
import { type ImageRecord, type ImageRecords, labelsOf } from './image-records'
import { imageView } from './image-view'
import type { Mutex } from './mutex'
import type { ReferenceTable } from './reference-table'
import { removeImage } from './removal'
import type { Sweeper } from './sweeper'
import type {
  Image,
  ImageEvent,
  ImageStore,
  LayerStore,
  NewImage,
  RemovedItem,
  RemoveOptions,
  StoredImage,
} from './types'

export interface ImageStoreParts {
  blobs: BlobStore
  layers: LayerStore
  records: ImageRecords
  references: ReferenceTable
  sweeper: Sweeper
  mutex: Mutex
}

/** Configs that are kept parsed. */
const MAX_CONFIGS = 200

export class DiskImageStore implements ImageStore {
  readonly #parts: ImageStoreParts
  readonly #configs = new Map<Digest, ImageConfig>()
  readonly #listeners = new Set<(event: ImageEvent) => void>()
  #images: Map<Digest, StoredImage> | null = null
  #sorted: readonly StoredImage[] = []
  #children = new Map<Digest, StoredImage[]>()
  /** How many images have a layer. */
  #layerUses = new Map<Digest, number>()

  constructor(parts: ImageStoreParts) {
    this.#parts = parts
  }

  list(): readonly StoredImage[] {
    this.#view()
    return this.#sorted
  }

  get(id: Digest): StoredImage | null {
    return this.#view().get(id) ?? null
  }

  resolve(name: string): StoredImage {
    const id = isDigest(name) ? name : (this.#byName(name) ?? this.#byPrefix(name))
    const image = id === null ? null : this.get(id)
    if (image) return image
    throw noSuchImage(name)
  }

  async config(id: Digest): Promise<ImageConfig> {
    const known = this.#configs.get(id)
    if (known) return known
    const config = parseImageConfig(await this.rawConfig(id), id)
    if (this.#configs.size >= MAX_CONFIGS) this.#configs.clear()
    this.#configs.set(id, config)
    return config
  }

  async rawConfig(id: Digest): Promise<Buffer> {
    if (!this.#parts.records.get(id)) throw noSuchImage(id)
    return this.#parts.blobs.read(id)
  }

  async image(id: Digest): Promise<Image> {
    const image = this.get(id)
    if (!image) throw noSuchImage(id)
    return imageView(this.#parts.blobs, this.#parts.layers, image)
  }

  async create({ rawConfig, parent, manifest }: NewImage): Promise<{ id: Digest }> {
    const id = digestOf(rawConfig)
    const config = parseImageConfig(rawConfig, id)
    const { blobs, records, mutex } = this.#parts
    const created = await mutex.run(async () => {
      this.#requireLayers(config.rootfs.diff_ids)
      const known = records.get(id)
      await blobs.put(rawConfig, { expected: { digest: id } })
      const manifests = [...(known?.manifests ?? [])]
      if (manifest) {
        parseManifest(manifest.raw)
        const { digest, size } = await blobs.put(manifest.raw)
        const isNew = manifests.every((other) => other.digest !== digest)
        if (isNew) manifests.push({ mediaType: manifest.mediaType, digest, size })
      }
      const record: ImageRecord = {
        id,
        created: Date.parse(config.created ?? '') || 0,
        diffIds: config.rootfs.diff_ids,
        parent: parent ?? known?.parent ?? null,
        manifests,
        labels: labelsOf(config),
      }
      if (JSON.stringify(record) !== JSON.stringify(known)) {
        await records.put(record)
        this.#images = null
      }
      return known === null
    })
    if (created) this.#emit({ action: 'create', id, name: id, labels: labelsOf(config) ?? {} })
    // No view of it: that is one of all images, and an archive may bring thousands.
    return { id }
  }

  tag(id: Digest, reference: string): Promise<void> {
    return this.tagAll([{ id, reference }])
  }

  async tagAll(
    tags: readonly { id: Digest; reference: string }[],
    { quiet = false } = {},
  ): Promise<void> {
    if (tags.length === 0) return
    const changes = new Map<string, Digest>()
    for (const { id, reference } of tags) {
      const name = parseName(reference)
      refuseAlgorithm(name)
      changes.set(referenceKey(name), id)
    }
    await this.#parts.mutex.run(async () => {
      for (const id of changes.values()) if (!this.#parts.records.get(id)) throw noSuchImage(id)
      await this.#parts.references.change(changes, { tagged: !quiet })
      this.#images = null
    })
    if (quiet) return
    for (const [name, id] of changes) {
      // What a registry calls an image is no tag that somebody gave.
      if (isCanonical(name)) continue
      this.#emit({ action: 'tag', id, name, labels: this.#labels(id) })
    }
  }

  async remove(name: string, options: RemoveOptions = {}): Promise<RemovedItem[]> {
    const { references, records, sweeper, mutex } = this.#parts
    const events: ImageEvent[] = []
    try {
      return await mutex.run(() =>
        removeImage(
          {
            images: this,
            keyOf: (image, text) => this.#keyOf(image, text),
            untag: async (key, id, quiet) => {
              const labels = this.#labels(id)
              await references.change(new Map([[key, null]]))
              this.#images = null
              if (!quiet) events.push({ action: 'untag', id, name: id, labels })
            },
            forget: async (id) => {
              const record = records.get(id)
              const chain = record ? this.#ownChain(record) : []
              await records.remove(id)
              this.#images = null
              this.#configs.delete(id)
              if (record) await sweeper.sweepImage(record)
              events.push({ action: 'delete', id, name: id, labels: {} })
              return chain
            },
          },
          name,
          options,
        ),
      )
    } finally {
      for (const event of events) this.#emit(event)
    }
  }

  children(id: Digest): readonly StoredImage[] {
    this.#view()
    return this.#children.get(id) ?? []
  }

  isDangling(image: StoredImage): boolean {
    return (
      image.tags.length === 0 && image.digests.length === 0 && this.children(image.id).length === 0
    )
  }

  uniqueSize(ids: readonly Digest[]): number {
    const own = new Map<Digest, number>()
    for (const id of new Set(ids)) countLayers(own, this.get(id)?.diffIds ?? [])
    const unique = [...own].filter(([diffId, uses]) => uses === this.#layerUses.get(diffId))
    return this.#sizeOf(unique.map(([diffId]) => diffId))
  }

  onEvent(listener: (event: ImageEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** A name, not an id: what the table of references has under it. */
  #byName(text: string): Digest | null {
    // Sixty-four hex digits are an id, and no reference.
    if (isDigest(`sha256:${text}`)) return null
    return this.#parts.references.get(referenceKey(parseName(text)))
  }

  /** Looks at all images, but not for what is only a name. */
  #byPrefix(text: string): Digest | null {
    return mayBeId(text) ? findById(this.#view().keys(), text) : null
  }

  /** The reference that `text` is of this image; null when it is (the beginning of) its id. */
  #keyOf(image: StoredImage, text: string): string | null {
    if (isDigest(text) || isDigest(`sha256:${text}`)) return null
    const key = referenceKey(parseName(text))
    return this.#parts.references.get(key) === image.id ? key : null
  }

  #requireLayers(diffIds: readonly Digest[]): void {
    const missing = diffIds.find((diffId) => !this.#parts.layers.get(diffId))
    if (missing) throw new LaminaError('not_found', { name: `layer ${missing}` })
  }

  /** Chain ids that no other image has and whose layers nothing else uses, top first. */
  #ownChain(record: ImageRecord): Digest[] {
    let shared = 0
    for (const image of this.#parts.records.all())
      if (image.id !== record.id)
        shared = Math.max(shared, commonLength(image.diffIds, record.diffIds))
    const used = new Set<Digest>()
    for (const roots of this.#parts.sweeper.roots) for (const diffId of roots()) used.add(diffId)
    return chainIds(record.diffIds)
      .filter((_, index) => index >= shared && !used.has(record.diffIds[index] as Digest))
      .reverse()
  }

  #labels(id: Digest): Record<string, string> {
    return this.#parts.records.get(id)?.labels ?? {}
  }

  #sizeOf(diffIds: readonly Digest[]): number {
    const { layers } = this.#parts
    return diffIds.reduce((sum, diffId) => sum + (layers.get(diffId)?.contentSize ?? 0), 0)
  }

  #view(): Map<Digest, StoredImage> {
    if (this.#images) return this.#images
    const { records, references } = this.#parts
    const uses = new Map<Digest, number>()
    for (const { diffIds } of records.all()) countLayers(uses, diffIds)
    this.#layerUses = uses
    const images = records.all().map((record): StoredImage => {
      const names = references.namesOf(record.id)
      const own = new Set(record.diffIds.filter((diffId) => uses.get(diffId) === 1))
      const size = this.#sizeOf(record.diffIds)
      return {
        ...record,
        size,
        sharedSize: own.size === 0 ? size : size - this.#sizeOf([...own]),
        lastTagged: references.lastTagged(record.id),
        tags: names.filter((name) => !name.includes('@')),
        digests: names.filter((name) => name.includes('@')),
      }
    })
    this.#sorted = images.sort((a, b) => b.created - a.created || (a.id < b.id ? -1 : 1))
    this.#images = new Map(images.map((image) => [image.id, image]))
    this.#children = new Map()
    for (const image of this.#sorted) {
      if (image.parent === null) continue
      const siblings = this.#children.get(image.parent)
      if (siblings) siblings.push(image)
      else this.#children.set(image.parent, [image])
    }
    return this.#images
  }

  #emit(event: ImageEvent): void {
    for (const listener of this.#listeners) listener(event)
  }
}

/** Adds an image's layers to the counts; one that it has twice counts once. */
function countLayers(uses: Map<Digest, number>, diffIds: readonly Digest[]): void {
  for (const diffId of new Set(diffIds)) uses.set(diffId, (uses.get(diffId) ?? 0) + 1)
}

/** How many layers two stacks have in common, from the base. */
function commonLength(a: readonly Digest[], b: readonly Digest[]): number {
  let length = 0
  while (length < a.length && length < b.length && a[length] === b[length]) length++
  return length
}
