/**
 * `copy(source, sink)`: every transfer of an image. A source gives a view of an image wherever it
 * is, a sink takes one.
 */
import { LaminaError } from '@shared/errors'
import type { ByteStream } from '../blob/blob-store'
import type { Image, Progress, RawManifest } from '../image/types'
import type { Digest } from '../oci/digest'
import type { Descriptor } from '../oci/manifest'
import type { TransferOptions } from './progress'

/** A blob that travels as it is: a config, a packed layer, an attestation. */
export interface SourcedBlob {
  /** Its form, where that is known without any work; null: it has to be made. */
  known(): Promise<Descriptor | null>
  descriptor(): Promise<Descriptor>
  /** The bytes of `descriptor`, from `start` on. `reuse`: as BlobStore.open. */
  open(options?: {
    start?: number
    signal?: AbortSignal | undefined
    reuse?: boolean
  }): Promise<ByteStream>
}

export interface SourcedLayer extends SourcedBlob {
  readonly diffId: Digest
}

/** An image for one platform. */
export interface SourcedImage {
  kind: 'image'
  /** The digest that it was found under: of an index where it is one of several platforms. */
  digest: Digest | null
  /** Base first, one for each diffID. */
  layers: readonly SourcedLayer[]
  config: SourcedBlob
  manifest(): Promise<RawManifest>
  /**
   * Told what the sink has not got, before any of it is asked for. Descriptors of what was not named
   * are those that are `known`.
   */
  begin?: (wanted: { layers: readonly SourcedLayer[]; config: boolean }) => void
  /** Makes a layer ready to travel, where that takes time. */
  prepare?: (
    layer: SourcedLayer,
    options: { signal: AbortSignal; progress: Progress },
  ) => Promise<unknown>
  /** Whether layers come in an order of their own, so that all of them are waited for at once. */
  streams?: boolean
}

/** An index with everything that it names, byte for byte. */
export interface SourcedIndex {
  kind: 'index'
  digest: Digest
  /** Each once. */
  blobs: readonly SourcedBlob[]
  /** Manifests and indexes, those that are named before those that name them; last the index. */
  documents: readonly SourcedDocument[]
  /** `linux/amd64`, … */
  platforms: readonly string[]
}

export interface SourcedDocument {
  mediaType: string
  digest: Digest
  bytes: Buffer
}

export type Sourced = SourcedImage | SourcedIndex

export interface Source {
  open(signal?: AbortSignal): Promise<Sourced>
  /** Lets go of what `open` held. */
  close?(): void | Promise<void>
}

export interface SinkResult {
  /** Docker's image id; of an index, its digest. */
  id: Digest
  /** Of the manifest (or index) as it now stands in the sink's registry, or was found under. */
  digest: Digest | null
  /** Bytes of the manifest. */
  size: number
  /** Whether nothing had to be moved and no name changed. */
  upToDate: boolean
}

export interface Sink {
  put(sourced: Sourced, options: TransferOptions): Promise<SinkResult>
}

/**
 * Copies one image. Errors are those of the source and of the sink; `cancelled` when the signal
 * fired. The name in the sink is given last: what failed or was cancelled is never seen under it.
 */
export async function copy(
  source: Source,
  sink: Sink,
  options: TransferOptions = {},
): Promise<SinkResult> {
  try {
    return await sink.put(await source.open(options.signal), options)
  } catch (error) {
    if (options.signal?.aborted && !isCancelled(error)) {
      throw new LaminaError('cancelled', {}, { cause: error })
    }
    throw error
  } finally {
    await source.close?.()
  }
}

/** A view of an image as a source gives it; its layers' forms are known. */
export function sourcedImage(image: Image, digest: Digest | null): SourcedImage {
  return {
    kind: 'image',
    digest,
    layers: image.layers.map((layer) => ({
      diffId: layer.diffId,
      known: () => layer.descriptor(),
      descriptor: () => layer.descriptor(),
      open: ({ start = 0, signal, reuse = false } = {}) =>
        layer.open({ start, reuse, ...(signal && { signal }) }),
    })),
    config: bytesBlob(image.rawConfig, async () => (await image.manifest()).manifest.config),
    manifest: () => image.manifest(),
  }
}

/** A blob that is in memory. */
export function bytesBlob(bytes: Buffer, descriptor: () => Promise<Descriptor>): SourcedBlob {
  return {
    known: descriptor,
    descriptor,
    open: async ({ start = 0 } = {}) => bytesFrom(bytes, start),
  }
}

/** A small blob as a whole. */
export async function readSourced(blob: SourcedBlob, signal?: AbortSignal): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of await blob.open({ signal })) parts.push(part)
  return Buffer.concat(parts)
}

async function* bytesFrom(bytes: Buffer, start: number): ByteStream {
  yield bytes.subarray(start)
}

function isCancelled(error: unknown): boolean {
  return error instanceof LaminaError && error.code === 'cancelled'
}
