/**
 * The file lists of layers by diffID: of the store's own layers from the store; of a daemon's from
 * its `save` stream, once, and from then on from the engine's folder.
 */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { LaminaError } from '@shared/errors'
import type { Store } from '../../image/types'
import { PackedIndex } from '../../layer/layer-index'
import type { LayerIndex } from '../../layer/types'
import { digestAlgorithm, digestHex, type Digest } from '../../oci/digest'
import type { Daemon } from '../../transfer/daemon'
import { savedLayers } from '../../transfer/saved-layers'
import { Flights, type ProgressListener } from './flights'

/** Folder of the indexes of layers that are not in the store. */
const FOLDER = 'daemon-layers'

export interface IndexRequest {
  /** Where the image is; null: in the store. */
  daemon: Daemon | null
  /** Its id. */
  image: Digest
  signal: AbortSignal
  progress: ProgressListener
}

export class LayerIndexes {
  private readonly flights = new Flights<void>()
  private drafts = 0

  constructor(private readonly store: Store) {}

  /**
   * The indexes of these layers of one image, in their order. Errors: `not_found`, `engine_lost`
   * when the daemon dies on the way (whole layers are kept, nothing of the others), `cancelled`.
   */
  async get(diffIds: readonly Digest[], request: IndexRequest): Promise<LayerIndex[]> {
    const { daemon, image, signal, progress } = request
    const found = await this.findAll(diffIds, request)
    const missing = diffIds.filter((diffId) => !found.has(diffId))
    if (missing.length > 0) {
      if (!daemon) throw new LaminaError('not_found', { name: missing[0] as string })
      await this.flights.join(
        `${daemon.address} ${image}`,
        (flightSignal, report) => this.readFrom(daemon, image, flightSignal, report),
        { signal, onProgress: progress },
      )
      for (const diffId of missing) {
        const index = await this.read(diffId)
        if (!index) throw withoutLayer(diffId)
        found.set(diffId, index)
      }
    }
    return diffIds.map((diffId) => found.get(diffId) as LayerIndex)
  }

  private async findAll(
    diffIds: readonly Digest[],
    { signal, progress }: IndexRequest,
  ): Promise<Map<Digest, LayerIndex>> {
    const { layers } = this.store
    const stored = diffIds.filter((diffId) => layers.get(diffId))
    const indexes = await layers.indexes(stored, { signal, progress })
    const found = new Map(stored.map((diffId, at) => [diffId, indexes[at] as LayerIndex]))
    for (const diffId of new Set(diffIds)) {
      const index = found.has(diffId) ? null : await this.read(diffId)
      if (index) found.set(diffId, index)
    }
    return found
  }

  /** Reads the whole image, for whichever of its layers are asked for next. */
  private async readFrom(
    daemon: Daemon,
    image: Digest,
    signal: AbortSignal,
    progress: ProgressListener,
  ): Promise<void> {
    const { diffIds, size } = await daemon.image(image, signal)
    const wanted = new Set<Digest>(diffIds)
    for (const diffId of diffIds) {
      if (this.store.layers.get(diffId) || (await this.read(diffId))) wanted.delete(diffId)
    }
    const report = (done: number) => progress(Math.min(done, size), size)
    const stream = await daemon.save(image, signal)
    for await (const { diffId, index } of savedLayers(stream, { wanted, onBytes: report })) {
      await this.write(diffId, index)
      wanted.delete(diffId)
      if (wanted.size === 0) return
    }
    const [left] = wanted
    if (left) throw withoutLayer(left)
  }

  private async read(diffId: Digest): Promise<LayerIndex | null> {
    try {
      return PackedIndex.read(await readFile(await this.path(diffId)))
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
      throw error
    }
  }

  /** A rename makes it whole or not there; damage by a power cut is found by its checksum. */
  private async write(diffId: Digest, index: LayerIndex): Promise<void> {
    const path = await this.path(diffId)
    const draft = `${path}.${process.pid}-${this.drafts++}`
    await mkdir(dirname(path), { recursive: true })
    try {
      await writeFile(draft, index.serialize())
      await rename(draft, path)
    } catch (error) {
      await rm(draft, { force: true })
      throw error
    }
  }

  private async path(diffId: Digest): Promise<string> {
    const folder = await this.store.folder(FOLDER)
    return join(folder, digestAlgorithm(diffId), `${digestHex(diffId)}.index`)
  }
}

function withoutLayer(diffId: Digest): LaminaError {
  return new LaminaError('engine_refused', {
    message: `its archive of the image lacks the layer ${diffId}`,
  })
}
