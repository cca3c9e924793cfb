/**
 * The layers in what a daemon's `save` sends (moby image/tarexport; Docker 25 and later write an OCI
 * layout into the same tar; Podman names layers `<diffID>.tar`), as file lists. Nothing is kept of
 * their contents. The order of files says nothing: a layer is known by the digest of its tar.
 */
import { LaminaError } from '@shared/errors'
import type { ByteStream } from '../blob/blob-store'
import { TarReading } from '../image/tar-reading'
import type { LayerEntry, LayerIndex } from '../layer/types'
import type { Digest } from '../oci/digest'
import { tarFiles } from './tar-files'

/** Bytes between two turns that other work of the process gets. */
const BREATH = 16 * 1024 * 1024

export interface SavedLayer {
  diffId: Digest
  index: LayerIndex
}

/**
 * Reads a `save` stream; gives each layer whose diffID is wanted when it is complete and verified.
 * Leaving the loop early ends the stream. Throws `engine_lost` when it stops in the middle.
 */
export async function* savedLayers(
  stream: ByteStream,
  { wanted, onBytes }: { wanted: ReadonlySet<Digest>; onBytes?: (done: number) => void },
): AsyncGenerator<SavedLayer, void, undefined> {
  try {
    for await (const { entry, body } of tarFiles(stream, onBytes)) {
      if (!mayBeLayer(entry)) continue
      const layer = await indexLayer(body)
      if (layer && wanted.has(layer.diffId)) yield layer
    }
  } catch (cause) {
    // What a daemon sends is whole unless it died.
    const cut = cause instanceof LaminaError && cause.code === 'archive_corrupted'
    throw cut ? new LaminaError('engine_lost', {}, { cause }) : cause
  }
}

function mayBeLayer({ type, path, size }: LayerEntry): boolean {
  return type === 'file' && size > 0 && (path.endsWith('.tar') || path.startsWith('blobs/'))
}

/** The files of a layer in any packing, and its diffID; null for what is no tar. */
export async function indexLayer(body: ByteStream): Promise<SavedLayer | null> {
  const reading = new TarReading({ algorithm: 'sha256' })
  let breath = 0
  try {
    for await (const chunk of body) {
      await reading.write(chunk)
      breath += chunk.length
      if (breath > BREATH) {
        breath = 0
        await new Promise(setImmediate)
      }
    }
    const { diffId, index } = await reading.end()
    return diffId && { diffId, index }
  } catch (error) {
    if (error instanceof LaminaError && error.code === 'archive_corrupted') return null
    throw error
  } finally {
    reading.destroy()
  }
}
