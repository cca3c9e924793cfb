/**
 * An image that comes as a `docker save` stream: of a daemon, or from a file. What a registry has
 * already is neither asked for nor packed; what is sent is packed into the store once, as the stream
 * brings it, and remembered by its diffID.
 */
import { LaminaError } from '@shared/errors'
import type { ByteStream, Lease } from '../blob/blob-store'
import { newManifest } from '../image/image-view'
import type { Progress, RawManifest, Store, StoredLayer } from '../image/types'
import { digestOf, type Digest } from '../oci/digest'
import type { Descriptor } from '../oci/manifest'
import { DOCKER_CONFIG } from '../oci/media-types'
import { bytesBlob, type SourcedBlob, type SourcedImage, type SourcedLayer } from './copy'
import type { KnownForms } from './known-forms'
import type { Learned } from './learn-forms'
import { distinctLayers } from './layers'
import { pumpSaved } from './saved-pump'

export interface SavedOrigin {
  /** The config's digest, as far as the origin's ids are that. */
  id: Digest
  /** Base first. */
  diffIds: readonly Digest[]
  /** The stream, from its beginning; a chunk need not stay valid when the next one is asked for. */
  open(signal: AbortSignal): Promise<ByteStream>
  /** The config, where it is known without the stream. */
  config?: Buffer
  /** Layers by the path of their file, where that is known before. */
  paths?: ReadonlyMap<string, Digest>
  /** What the registry has of this very image. */
  learned?: Learned | null
}

interface Awaited {
  promise: Promise<void>
  resolve(): void
  reject(error: unknown): void
}

export class SavedImage {
  readonly sourced: SourcedImage
  private readonly lease: Lease
  private readonly stop = new AbortController()
  private readonly awaited = new Map<Digest, Awaited>()
  /** Layers that the sink has in no form that was known. */
  private readonly wanted = new Set<Digest>()
  private readonly reports = new Map<Digest, Progress>()
  private config: Buffer | null
  private configCame: Promise<void> = Promise.resolve()
  private running: Promise<void> = Promise.resolve()

  constructor(
    private readonly store: Store,
    private readonly forms: KnownForms,
    private readonly origin: SavedOrigin,
  ) {
    this.lease = store.blobs.lease()
    this.config = origin.config ?? null
    const layers = origin.diffIds.map((diffId) => this.layer(diffId))
    this.sourced = {
      kind: 'image',
      digest: null,
      streams: true,
      layers,
      config: this.configBlob(),
      manifest: () => this.manifest(layers),
      begin: (wanted) => this.begin(wanted.layers, wanted.config),
      prepare: async ({ diffId }, { progress }) => {
        this.reports.set(diffId, progress)
        await this.awaited.get(diffId)?.promise
        await this.store.layers.compressed(diffId, { signal: this.stop.signal, progress })
      },
    }
  }

  /** Ends the stream, where it still runs, and lets go of what it brought. */
  async close(): Promise<void> {
    this.stop.abort()
    await this.running
    this.lease.release()
  }

  private begin(layers: readonly SourcedLayer[], wantsConfig: boolean): void {
    const wanted = new Set<Digest>()
    for (const { diffId } of distinctLayers(layers)) {
      this.wanted.add(diffId)
      for (const { digest } of this.store.layers.get(diffId)?.forms ?? []) this.lease.add(digest)
      if (this.store.layers.get(diffId)) continue
      wanted.add(diffId)
      this.awaited.set(diffId, awaited())
    }
    const needsConfig = wantsConfig && this.config === null
    if (wanted.size === 0 && !needsConfig) return
    const config = awaited()
    if (needsConfig) this.configCame = config.promise
    const run = async () => {
      try {
        await this.pump(wanted, needsConfig)
        config.resolve()
      } catch (error) {
        for (const diffId of wanted) this.awaited.get(diffId)?.reject(error)
        config.reject(error)
      }
    }
    this.running = run()
  }

  private async pump(wanted: Set<Digest>, wantsConfig: boolean): Promise<void> {
    const { origin, store, lease, stop } = this
    await pumpSaved(await origin.open(stop.signal), {
      store,
      lease,
      id: origin.id,
      diffIds: origin.diffIds,
      paths: origin.paths ?? new Map<string, Digest>(),
      wanted,
      wantsConfig,
      signal: stop.signal,
      onLayer: async (layer) => {
        await this.keep(layer)
        this.awaited.get(layer.diffId)?.resolve()
      },
      onConfig: (bytes) => (this.config = bytes),
      progressOf: (diffId) => (done, total) => this.reports.get(diffId)?.(done, total),
    })
    if (this.config) {
      const descriptor = configDescriptor(this.config)
      await this.forms.remember(descriptor.digest, descriptor)
    }
  }

  private async keep({ diffId }: StoredLayer): Promise<void> {
    const view = this.store.layers.layer(diffId)
    await this.forms.remember(diffId, await view.descriptor())
  }

  private layer(diffId: Digest): SourcedLayer {
    const { layers } = this.store
    // What this registry has goes before what was packed for another one.
    const learned = this.origin.learned?.forms.get(diffId)
    const known = async () => {
      if (learned) return learned
      const packed = layers.get(diffId)?.forms.some(({ compression }) => compression !== 'none')
      return packed ? layers.layer(diffId).descriptor() : this.forms.get(diffId)
    }
    return {
      diffId,
      known,
      descriptor: async () => {
        await this.awaited.get(diffId)?.promise
        if (layers.get(diffId) && (!learned || this.wanted.has(diffId))) {
          return layers.layer(diffId).descriptor()
        }
        const found = await known()
        if (found) return found
        throw new LaminaError('internal', {}, { cause: `${diffId} was not asked for` })
      },
      open: async ({ start = 0, signal, reuse = false } = {}) =>
        layers.layer(diffId).open({ start, reuse, ...(signal && { signal }) }),
    }
  }

  private configBlob(): SourcedBlob {
    const { id, learned } = this.origin
    const known = async () =>
      this.config
        ? configDescriptor(this.config)
        : (this.forms.get(id) ?? learned?.forms.get(id) ?? null)
    const descriptor = async () => {
      await this.configCame
      const found = await known()
      if (found) return found
      throw new LaminaError('internal', {}, { cause: `the config ${id} was not asked for` })
    }
    const open: SourcedBlob['open'] = async (options) => {
      await this.configCame
      return bytesBlob(this.config ?? Buffer.alloc(0), descriptor).open(options)
    }
    return { known, descriptor, open }
  }

  private async manifest(layers: readonly SourcedLayer[]): Promise<RawManifest> {
    const config = await this.sourced.config.descriptor()
    const descriptors = await Promise.all(layers.map((layer) => layer.descriptor()))
    const known = this.origin.learned?.manifest
    const same = known?.manifest.layers.every(
      ({ digest }, at) => digest === descriptors[at]?.digest,
    )
    return known && same ? known : newManifest(config, descriptors)
  }
}

function configDescriptor(config: Buffer): Descriptor {
  return { mediaType: DOCKER_CONFIG, digest: digestOf(config), size: config.length }
}

function awaited(): Awaited {
  let resolve = () => {}
  let reject: Awaited['reject'] = () => {}
  const promise = new Promise<void>((yes, no) => {
    resolve = yes
    reject = no
  })
  promise.catch(() => undefined) // whoever asks hears of it
  return { promise, resolve, reject }
}
