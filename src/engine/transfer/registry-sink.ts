/** Brings an image into a registry: blobs first (there already, mounted, or sent), the manifest last. */
import type { Image, Layer, RawManifest } from '../image/types'
import { digestOf, type Digest } from '../oci/digest'
import { isForeignLayer } from '../oci/media-types'
import type { RegistryClient } from '../registry/client/client'
import type { Sink, SinkResult, SourcedImage } from './copy'
import { distinctLayers } from './layers'
import { forEachParallel } from './parallel'
import { ItemProgress, type TransferOptions } from './progress'
import { registryError } from '../registry/client/registry-error'

export interface RegistryTarget {
  /** Path in the registry: `mhk/debian`. */
  repository: string
  /** Tag; null pushes by digest alone. */
  tag: string | null
  /** Another repository of this registry that may have the layer, or null. */
  mountFrom?: (diffId: Digest) => string | null
}

export class RegistrySink implements Sink {
  constructor(
    private readonly client: RegistryClient,
    private readonly target: RegistryTarget,
  ) {}

  async put(sourced: SourcedImage, options: TransferOptions): Promise<SinkResult> {
    const { image } = sourced
    const items = distinctLayers(image.layers).map((layer) => ({
      layer,
      progress: new ItemProgress(layer.diffId, 'Preparing', options.onProgress),
    }))
    let moved = false
    await forEachParallel(
      items,
      async ({ layer, progress }, signal) => {
        if (await this.putLayer(sourced, layer, progress, signal)) moved = true
      },
      { signal: options.signal },
    )
    const manifest = await image.manifest()
    await this.putConfig(image, manifest, options.signal)
    const digest = await this.putManifest(manifest, options.signal)
    return { id: image.id, digest, size: manifest.raw.length, upToDate: !moved }
  }

  /** Whether it had to be sent. */
  private async putLayer(
    { prepare }: SourcedImage,
    layer: Layer,
    progress: ItemProgress,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { repository } = this.target
    await prepare?.(layer, {
      signal,
      progress: (done, total) => progress.bytesOf('Compressing', done, total),
    })
    const { digest, size, mediaType } = await layer.descriptor()
    if (
      isForeignLayer(mediaType) ||
      (await this.client.headBlob(repository, digest, { toPush: true, signal }))
    ) {
      progress.end('exists', 'Layer already exists')
      return false
    }
    const from = this.target.mountFrom?.(layer.diffId) ?? null
    progress.step('Pushing', size)
    const outcome = await this.client.uploadBlob(
      repository,
      { digest, size, open: ({ start }) => layer.open({ start, signal }) },
      { from, signal, onProgress: (done) => progress.bytes(done) },
    )
    if (outcome.how === 'mounted') progress.end('exists', `Mounted from ${outcome.from}`)
    else progress.end('done', 'Pushed')
    return true
  }

  private async putConfig(
    image: Image,
    { manifest }: RawManifest,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { repository } = this.target
    const { digest, size } = manifest.config
    if (await this.client.headBlob(repository, digest, { toPush: true, signal })) return
    const open = async ({ start }: { start: number }) => bytesFrom(image.rawConfig, start)
    await this.client.uploadBlob(repository, { digest, size, open }, { signal })
  }

  /** PUT, then what stands there now is read back and compared. */
  private async putManifest(
    { descriptor, raw }: RawManifest,
    signal: AbortSignal | undefined,
  ): Promise<Digest> {
    const { repository, tag } = this.target
    const reference = tag ?? descriptor.digest
    const sent = { mediaType: descriptor.mediaType, bytes: raw }
    await this.client.putManifest(repository, reference, sent, signal)
    const kept = await this.client.getManifest(repository, reference, signal)
    const digest = digestOf(raw)
    if (kept.digest === digest) return digest
    const cause = new Error(`${repository}:${reference}: sent ${digest}, read back ${kept.digest}`)
    throw registryError('digest_mismatch', {}, { cause })
  }
}

async function* bytesFrom(bytes: Buffer, start: number) {
  yield bytes.subarray(start)
}
