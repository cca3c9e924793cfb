/** What is kept of a layer beside its blobs: `layers/<algorithm>/<hex>.json` and `index/…`. */
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { isMissing, onDisk, removeFile, writeFileAtomic } from '../blob/disk'
import { digestPath, type RootPaths } from '../blob/paths'
import { PackedIndex } from '../layer/layer-index'
import type { LayerIndex } from '../layer/types'
import type { Digest } from '../oci/digest'
import { digestSchema } from '../oci/manifest'
import { Mutex } from './mutex'
import { type DamagedRecord, readRecords } from './record-files'
import type { StoredLayer } from './types'

const recordSchema = z.strictObject({
  diffId: digestSchema,
  size: z.int().min(0),
  contentSize: z.number().min(0),
  forms: z
    .array(
      z.strictObject({
        compression: z.enum(['none', 'gzip', 'zstd']),
        digest: digestSchema,
        size: z.int().min(0),
      }),
    )
    .min(1),
})

export class LayerRecords {
  readonly #paths: RootPaths
  readonly #layers = new Map<Digest, StoredLayer>()
  readonly #byBlob = new Map<Digest, StoredLayer>()
  readonly #changes = new Mutex()
  /** Files that could not be read; fsck tells of them. */
  readonly damaged: readonly DamagedRecord[]

  static async open(paths: RootPaths): Promise<LayerRecords> {
    const read = await readRecords(paths.layers, recordSchema, ({ diffId }) => diffId)
    const records = new LayerRecords(paths, read.damaged)
    for (const layer of read.records) records.#keep(layer)
    return records
  }

  private constructor(paths: RootPaths, damaged: readonly DamagedRecord[]) {
    this.#paths = paths
    this.damaged = damaged
  }

  get(diffId: Digest): StoredLayer | null {
    return this.#layers.get(diffId) ?? null
  }

  byBlob(digest: Digest): StoredLayer | null {
    return this.#byBlob.get(digest) ?? null
  }

  all(): StoredLayer[] {
    return [...this.#layers.values()]
  }

  /** Keeps a layer, or adds the forms that its record does not have yet. */
  put(layer: StoredLayer): Promise<StoredLayer> {
    return this.#changes.run(async () => {
      const known = this.#layers.get(layer.diffId)
      const fresh = layer.forms.filter(
        ({ digest }) => !known?.forms.some((form) => form.digest === digest),
      )
      if (known && fresh.length === 0) return known
      const merged = known ? { ...known, forms: [...known.forms, ...fresh] } : layer
      const path = digestPath(this.#paths.layers, layer.diffId, '.json')
      await writeFileAtomic(this.#paths.ingest, path, JSON.stringify(merged))
      this.#keep(merged)
      return merged
    })
  }

  /** It has a checksum, and can be made again: nobody waits for the disk. */
  async putIndex(diffId: Digest, index: LayerIndex): Promise<void> {
    const path = digestPath(this.#paths.index, diffId)
    await writeFileAtomic(this.#paths.ingest, path, index.serialize(), { durable: false })
  }

  /** Null: none is kept, or it is damaged; it can be made again. */
  async readIndex(diffId: Digest): Promise<LayerIndex | null> {
    const path = digestPath(this.#paths.index, diffId)
    return onDisk(path, async () => {
      try {
        return PackedIndex.read(await readFile(path))
      } catch (error) {
        if (isMissing(error)) return null
        throw error
      }
    })
  }

  /**
   * Forgets a layer at once, so that nobody counts on it any more, and its files a little later:
   * unless it has come back by then.
   */
  remove(diffId: Digest): Promise<void> {
    for (const { digest } of this.#layers.get(diffId)?.forms ?? []) this.#byBlob.delete(digest)
    this.#layers.delete(diffId)
    return this.#changes.run(async () => {
      if (this.#layers.has(diffId)) return
      await removeFile(digestPath(this.#paths.layers, diffId, '.json'))
      await removeFile(digestPath(this.#paths.index, diffId))
    })
  }

  #keep(layer: StoredLayer): void {
    this.#layers.set(layer.diffId, layer)
    for (const { digest } of layer.forms) this.#byBlob.set(digest, layer)
  }
}
