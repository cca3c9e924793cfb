/**
 * `copy(source, sink)`: every transfer of an image. A source gives a view of an image wherever it
 * is, a sink takes one.
 */
import { LaminaError } from '@shared/errors'
import type { Image, Layer, Progress } from '../image/types'
import type { Digest } from '../oci/digest'
import type { TransferOptions } from './progress'

export interface SourcedImage {
  image: Image
  /** The digest that it was found under: of an index where it is one of several platforms. */
  digest: Digest | null
  /** Makes a layer ready to travel (compresses it), where that takes time. */
  prepare?: (layer: Layer, options: { signal: AbortSignal; progress: Progress }) => Promise<unknown>
}

export interface Source {
  open(signal?: AbortSignal): Promise<SourcedImage>
  /** Lets go of what `open` held. */
  close?(): void
}

export interface SinkResult {
  /** Docker's image id. */
  id: Digest
  /** Of the manifest (or index) as it now stands in the sink's registry, or was found under. */
  digest: Digest | null
  /** Bytes of the manifest. */
  size: number
  /** Whether nothing had to be moved and no name changed. */
  upToDate: boolean
}

export interface Sink {
  put(sourced: SourcedImage, options: TransferOptions): Promise<SinkResult>
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
    source.close?.()
  }
}

function isCancelled(error: unknown): boolean {
  return error instanceof LaminaError && error.code === 'cancelled'
}
