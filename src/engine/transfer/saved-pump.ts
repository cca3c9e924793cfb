/** Takes the layers that are wanted, and the config, out of one `docker save` stream. */
import { LaminaError } from '@shared/errors'
import type { ByteStream, Lease } from '../blob/blob-store'
import { packingOf } from '../image/unpacker'
import type { Progress, Store, StoredLayer } from '../image/types'
import { digestOf, type Digest } from '../oci/digest'
import {
  layerByName,
  layerOfLegacy,
  legacyLayerPath,
  mayBeDocument,
  mayBeLayer,
} from './saved-parts'
import { tarFiles } from './tar-files'

export interface PumpOptions {
  store: Store
  lease: Lease
  /** What the config's digest is, unless the daemon's ids are of another kind. */
  id: Digest
  diffIds: readonly Digest[]
  /** Layers by the path of their file, as far as that is known. */
  paths: ReadonlyMap<string, Digest>
  /** Taken out of it as they arrive. */
  wanted: Set<Digest>
  wantsConfig: boolean
  signal: AbortSignal
  /** A layer is in the store, packed. */
  onLayer: (layer: StoredLayer) => Promise<void>
  onConfig: (bytes: Buffer) => void
  /** How far the packing of a layer is. */
  progressOf: (diffId: Digest) => Progress | null
}

/**
 * Reads until everything that is wanted has come; the daemon need not send the rest. No layer is
 * ever in memory. Throws `engine_lost` where the stream ends too early, `digest_mismatch` where it is
 * whole and something is not in it. A chunk is done with when the next one is asked for.
 */
export async function pumpSaved(stream: ByteStream, options: PumpOptions): Promise<void> {
  const { wanted, diffIds, signal, wantsConfig, onConfig } = options
  /** Layers by the path of their file, as far as a document before it told. */
  const announced = new Map(options.paths)
  const documents = new Map<string, Buffer>()
  let config: Buffer | null = null
  try {
    for await (const { entry, body } of tarFiles(stream)) {
      if (signal.aborted) throw new LaminaError('cancelled')
      let content = body
      if (mayBeDocument(entry)) {
        const bytes = await readAll(body)
        const legacy = legacyLayerPath(entry.path)
        if (legacy !== null) {
          const diffId = layerOfLegacy(bytes, diffIds)
          if (diffId) announced.set(legacy, diffId)
        } else if (bytes[0] === 0x7b || bytes[0] === 0x5b) {
          if (wantsConfig) documents.set(entry.path, bytes)
          config ??= digestOf(bytes) === options.id ? bytes : null
        }
        content = once(bytes)
      }
      const hint = announced.get(entry.path) ?? layerByName(entry.path)
      const isLayer = hint !== null && diffIds.includes(hint) ? hint : null
      if (mayBeLayer(entry) && (isLayer === null || wanted.has(isLayer))) {
        await takeLayer(content, entry.size, isLayer, options)
      }
      if (wanted.size === 0 && (!wantsConfig || config)) break
    }
  } catch (cause) {
    // What a daemon sends is whole unless it died.
    const cut = cause instanceof LaminaError && cause.code === 'archive_corrupted'
    throw cut ? new LaminaError('engine_lost', {}, { cause }) : cause
  }
  config ??= wantsConfig ? configByManifest(documents) : null
  if (config) onConfig(config)
  if (wanted.size > 0 || (wantsConfig && !config)) {
    const missing = [...wanted].join(', ') || 'the config'
    throw new LaminaError('digest_mismatch', {}, { cause: `${missing}: not in what was saved` })
  }
}

/** Packs a file into the store, if it is a layer that is wanted. */
async function takeLayer(
  body: ByteStream,
  size: number,
  expected: Digest | null,
  { store, lease, wanted, signal, onLayer, progressOf }: PumpOptions,
): Promise<void> {
  const { head, whole } = await peek(body)
  let layer: StoredLayer | null
  try {
    if (packingOf(head) === 'none') {
      const progress = expected && progressOf(expected)
      layer = await store.layers.pack(whole, {
        lease,
        signal,
        wanted: (diffId) => wanted.has(diffId),
        ...(progress && { progress: (done) => progress(done, size) }),
      })
    } else layer = await keepPacked(store, lease, whole)
  } catch (error) {
    // A file that only looked like a layer; a stream that is cut says so again.
    if (error instanceof LaminaError && error.code === 'archive_corrupted' && !expected) return
    throw error
  }
  if (!layer || !wanted.delete(layer.diffId)) return
  await onLayer(layer)
}

/** A layer that the daemon keeps packed: taken as it is. */
async function keepPacked(store: Store, lease: Lease, body: ByteStream): Promise<StoredLayer> {
  const writer = await store.layers.writer({ lease })
  try {
    for await (const chunk of body) await writer.write(chunk)
    return await writer.commit()
  } finally {
    await writer.cancel()
  }
}

/** Where ids are digests of manifests (containerd), manifest.json names the config. */
function configByManifest(documents: ReadonlyMap<string, Buffer>): Buffer | null {
  const manifest = documents.get('manifest.json')?.toString('utf8') ?? ''
  const path = /"Config"\s*:\s*"([^"]+)"/.exec(manifest)?.[1]
  return (path !== undefined && documents.get(path)) || null
}

/** The first bytes of a stream, and the stream with them. */
async function peek(body: ByteStream): Promise<{ head: Buffer; whole: ByteStream }> {
  const chunks = body[Symbol.asyncIterator]()
  const parts: Buffer[] = []
  let length = 0
  while (length < 4) {
    const next = await chunks.next()
    if (next.done) break
    // Asked for more, a source may use the memory of what it gave again.
    parts.push(next.value.length < 4 ? Buffer.from(next.value) : next.value)
    length += next.value.length
  }
  async function* whole(): ByteStream {
    yield* parts
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value
  }
  return { head: Buffer.concat(parts).subarray(0, 4), whole: whole() }
}

async function* once(bytes: Buffer): ByteStream {
  yield bytes
}

async function readAll(body: ByteStream): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of body) parts.push(Buffer.from(part))
  return Buffer.concat(parts)
}
