/** The files of layers: from the kept index, or from a walk through the layer, several at a time. */
import type { FileTree, LayerIndex } from '../layer/types'
import { union } from '../layer/union'
import type { ByteStream } from '../blob/blob-store'
import type { Digest } from '../oci/digest'
import type { LayerRecords } from './layer-records'
import { RecentMap } from './recent-map'
import { TarReading } from './tar-reading'
import type { Progress, StoredLayer } from './types'

interface ReadOptions {
  signal?: AbortSignal
  progress?: Progress
}

/** Opens a layer as it is kept. */
type OpenLayer = (layer: StoredLayer, options: ReadOptions) => Promise<ByteStream>

/** Nodes of all indexes, and of all unions, that stay in memory: 80 and 25 bytes each. */
const MAX_NODES = 1_000_000
/** Layers that are walked at the same time: gzip is unpacked on threads of its own. */
const LANES = 4

export class LayerIndexes {
  readonly #records: LayerRecords
  readonly #open: OpenLayer
  readonly #indexes = new RecentMap<Digest, LayerIndex>(MAX_NODES, ({ count }) => count + 1000)
  readonly #unions = new RecentMap<string, FileTree>(MAX_NODES, ({ count }) => count + 1000)

  constructor(records: LayerRecords, open: OpenLayer) {
    this.#records = records
    this.#open = open
  }

  get(layer: StoredLayer, options: ReadOptions): Promise<LayerIndex> {
    return this.#indexes.get(layer.diffId, async () => {
      const kept = await this.#records.readIndex(layer.diffId)
      if (kept) return kept
      const index = await this.#walk(layer, options)
      await this.#records.putIndex(layer.diffId, index)
      return index
    })
  }

  /** Those of several layers, in their order; progress is of all of them together. */
  async all(layers: readonly StoredLayer[], options: ReadOptions): Promise<LayerIndex[]> {
    const { signal, progress } = options
    const distinct = new Map(layers.map((layer) => [layer.diffId, layer]))
    const total = [...distinct.values()].reduce((sum, { size }) => sum + size, 0)
    const found = new Map<Digest, LayerIndex>()
    const done = new Map<Digest, number>()
    const report = (diffId: Digest, bytes: number) => {
      done.set(diffId, bytes)
      progress?.(
        [...done.values()].reduce((sum, part) => sum + part, 0),
        total,
      )
    }
    const queue = distinct.values()
    const lane = async () => {
      for (const layer of queue) {
        const index = await this.get(layer, {
          ...(signal && { signal }),
          progress: (bytes) => report(layer.diffId, bytes),
        })
        found.set(layer.diffId, index)
      }
    }
    // Zstandard is unpacked on this thread: side by side would only take more memory.
    const zstd = layers.some(({ forms }) => forms[0]?.compression === 'zstd')
    const lanes = await Promise.allSettled(Array.from({ length: zstd ? 1 : LANES }, lane))
    const failed = lanes.find((result) => result.status === 'rejected')
    if (failed) throw failed.reason
    return layers.map(({ diffId }) => found.get(diffId) as LayerIndex)
  }

  /** The files of a stack of layers, base first. */
  union(layers: readonly StoredLayer[], options: ReadOptions): Promise<FileTree> {
    const key = layers.map(({ diffId }) => diffId).join()
    return this.#unions.get(key, async () => union(await this.all(layers, options)))
  }

  /** Keeps the index of a layer that has just come. */
  async put(diffId: Digest, index: LayerIndex): Promise<void> {
    await this.#records.putIndex(diffId, index)
    this.hold(diffId, index)
  }

  /** Holds an index in memory. */
  hold(diffId: Digest, index: LayerIndex): void {
    this.#indexes.set(diffId, Promise.resolve(index))
  }

  delete(diffId: Digest): void {
    this.#indexes.delete(diffId)
  }

  async #walk(layer: StoredLayer, options: ReadOptions): Promise<LayerIndex> {
    const { signal, progress } = options
    const reading = new TarReading({
      algorithm: null,
      progress: (position) => progress?.(position, layer.size),
    })
    try {
      const stream = await this.#open(layer, signal ? { signal } : {})
      for await (const chunk of stream) await reading.write(chunk)
      return (await reading.end()).index
    } finally {
      reading.destroy()
    }
  }
}
