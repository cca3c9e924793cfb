/** Brings an image into the bundled store: layers hashed, indexed and written once, the name last. */
import type { Lease } from '../blob/blob-store'
import { LaminaError } from '@shared/errors'
import type { Store } from '../image/types'
import type { Digest } from '../oci/digest'
import { readSourced, type Sink, type SinkResult, type Sourced } from './copy'
import type { SourcedImage, SourcedLayer } from './copy'
import { distinctLayers } from './layers'
import { forEachParallel } from './parallel'
import { ItemProgress, type TransferOptions } from './progress'

export interface StoreNames {
  /** Full name with a tag, or null when the image is asked for by digest. */
  tag: string | null
  /** Full name without tag: with the digest it becomes a digest reference. Null: give none. */
  repository: string | null
}

export class StoreSink implements Sink {
  constructor(
    private readonly store: Store,
    private readonly names: StoreNames,
    /** Where the file of a blob lies that can be linked instead of copied, or null. */
    private readonly fileOf: (digest: Digest) => string | null = () => null,
  ) {}

  async put(sourced: Sourced, options: TransferOptions): Promise<SinkResult> {
    if (sourced.kind === 'index') {
      throw new LaminaError('one_platform_only', { place: 'Lamina' })
    }
    const { digest } = sourced
    const { images, blobs } = this.store
    const lease = blobs.lease()
    try {
      const { digest: id } = await sourced.config.descriptor()
      lease.add(id)
      const isHere = images.get(id) !== null
      // As dockerd: nothing is said of the layers of an image that is here.
      const moved = !isHere && (await this.putLayers(sourced, lease, options))
      options.signal?.throwIfAborted()
      const { raw, descriptor } = await sourced.manifest()
      const stored = await images.create({
        rawConfig: await readSourced(sourced.config, options.signal),
        manifest: { mediaType: descriptor.mediaType, raw },
      })
      const renamed = await this.name(stored.id, digest ?? descriptor.digest)
      return {
        id: stored.id,
        digest: digest ?? descriptor.digest,
        size: raw.length,
        upToDate: !moved && !renamed,
      }
    } finally {
      lease.release()
    }
  }

  /** Whether any layer had to come. */
  private async putLayers(
    { layers, begin, prepare }: SourcedImage,
    lease: Lease,
    options: TransferOptions,
  ): Promise<boolean> {
    const waiting: { layer: SourcedLayer; progress: ItemProgress }[] = []
    for (const layer of distinctLayers(layers)) {
      const id = (await layer.known())?.digest ?? layer.diffId
      const progress = new ItemProgress(id, 'Pulling fs layer', options.onProgress)
      if (this.hold(layer.diffId, lease)) progress.end('exists', 'Already exists')
      else waiting.push({ layer, progress })
    }
    begin?.({ layers: waiting.map(({ layer }) => layer), config: true })
    await forEachParallel(
      waiting,
      async ({ layer, progress }, signal) => {
        await prepare?.(layer, {
          signal,
          progress: (done, total) => progress.bytesOf('Downloading', done, total),
        })
        // Making it ready may have been bringing it here.
        if (this.hold(layer.diffId, lease)) progress.end('done', 'Pull complete')
        else await this.putLayer(layer, progress, lease, signal)
      },
      { signal: options.signal },
    )
    return waiting.length > 0
  }

  /** Whether a layer is there, and from now on safe from gc. */
  private hold(diffId: Digest, lease: Lease): boolean {
    for (const { digest } of this.store.layers.get(diffId)?.forms ?? []) lease.add(digest)
    return this.store.layers.get(diffId) !== null
  }

  private async putLayer(
    layer: SourcedLayer,
    progress: ItemProgress,
    lease: Lease,
    signal: AbortSignal,
  ): Promise<void> {
    const { digest, size } = await layer.descriptor()
    progress.step('Downloading', size)
    const adopt = this.fileOf(digest)
    const writer = await this.store.layers.writer({
      expected: { digest, size, diffId: layer.diffId },
      lease,
      name: digest,
      ...(adopt !== null && { adopt }),
    })
    try {
      for await (const chunk of await layer.open({ signal, reuse: true })) {
        await writer.write(chunk)
        progress.bytes(writer.size)
      }
      await writer.commit()
    } finally {
      await writer.cancel()
    }
    progress.end('done', 'Pull complete')
  }

  /** Gives the names in one step; whether one of them is new. */
  private async name(id: Digest, digest: Digest): Promise<boolean> {
    const { tag, repository } = this.names
    const pinned = repository === null ? null : `${repository}@${digest}`
    const before = this.store.images.get(id)
    const fresh = [
      ...(tag !== null && !before?.tags.includes(tag) ? [tag] : []),
      ...(pinned !== null && !before?.digests.includes(pinned) ? [pinned] : []),
    ]
    await this.store.images.tagAll(
      fresh.map((reference) => ({ id, reference })),
      { quiet: true },
    )
    return fresh.length > 0
  }
}
