/**
 * `docker load`: takes what `docker save` writes (Docker 1.10 and later, also the OCI hybrid of
 * Docker 25) and OCI layouts, plain or packed by gzip or zstd, in one walk. Nothing is unpacked to
 * the disk: layers go straight into the store, documents stay in memory until the end of the archive
 * says what they mean. A refused archive leaves only blobs that gc removes.
 */
import { isDeepStrictEqual } from 'node:util'
import { LaminaError } from '@shared/errors'
import type { ByteStream } from '../blob/blob-store'
import type { Digest } from '../oci/digest'
import { parseImageConfig } from '../oci/image-config'
import type { Platform } from '../oci/manifest'
import { readArchive } from './archive-reader'
import { dockerImages } from './archive-docker'
import { layoutImages } from './archive-layout'
import { familiar } from './image-names'
import type { LoadedImage, Progress, Store } from './types'
import { unpacked } from './unpack'

export interface LoadOptions {
  /** What errors call the archive: the file's name. */
  name: string
  /** Which image of a multi-platform index is wanted. */
  platform: Platform
  signal?: AbortSignal
  /** Bytes of the archive as it comes. */
  progress?: Progress
}

/** An image that an archive describes completely; its layers are in the store. */
export interface ArchivedImage {
  rawConfig: Buffer
  /** Familiar or full names with tag. */
  names: string[]
  /** Id of the image that it was made from, as a docker-archive says it. */
  parent?: Digest | null
  manifest?: { mediaType: string; raw: Buffer }
}

/**
 * Everything that the archive holds is checked before the first image is made; the names are written
 * last, in one step.
 * @param stream its chunks need be valid only until the second one after them is asked for
 * @throws LaminaError archive_corrupted, archive_unsupported, digest_mismatch, cancelled, disk_full …
 */
export async function loadArchive(
  store: Store,
  stream: ByteStream,
  options: LoadOptions,
): Promise<LoadedImage[]> {
  const lease = store.blobs.lease()
  try {
    const bytes = unpacked(counted(stream, options), { reuse: true })
    const archive = await readArchive(store, lease, bytes)
    const images = archive.documents.has('manifest.json')
      ? await dockerImages(store, archive)
      : await layoutImages(store, archive, options.platform)
    return await keep(store, images)
  } catch (error) {
    throw named(error, options.name)
  } finally {
    lease.release()
  }
}

async function keep(store: Store, images: ArchivedImage[]): Promise<LoadedImage[]> {
  const loaded: LoadedImage[] = []
  const tags = new Map<string, LoadedImage['id']>()
  for (const { rawConfig, names: written, manifest } of images) {
    const references = [...new Set(written.map(familiar))]
    const { id } = await store.images.create({ rawConfig, ...(manifest && { manifest }) })
    const renamed: LoadedImage['renamed'] = []
    for (const reference of references) {
      // An image further up in the archive may have had it.
      const from = tags.get(reference) ?? holderOf(store, reference)
      if (from !== null && from !== id) renamed.push({ reference, from })
      tags.set(reference, id)
    }
    loaded.push({ id, references, renamed })
  }
  await keepParents(store, images, loaded)
  const given = [...tags].map(([reference, id]) => ({ id, reference }))
  await store.images.tagAll(given, { quiet: true })
  return loaded
}

/** Images that were saved together stay each other's parents, so that history shows them. */
async function keepParents(
  store: Store,
  images: readonly ArchivedImage[],
  loaded: readonly LoadedImage[],
): Promise<void> {
  const ids = new Map(loaded.map(({ id }, at) => [id, images[at]?.rawConfig]))
  for (const { rawConfig, parent } of images) {
    const above = parent ? ids.get(parent) : undefined
    if (parent && above && continues(rawConfig, above)) {
      await store.images.create({ rawConfig, parent })
    }
  }
}

/** Whether a history is that of the parent and one step more. */
function continues(rawConfig: Buffer, parent: Buffer): boolean {
  const { history } = parseImageConfig(rawConfig)
  const before = parseImageConfig(parent).history
  return (
    history.length === before.length + 1 &&
    before.every((step, at) => isDeepStrictEqual(step, history[at]))
  )
}

function holderOf(store: Store, reference: string): LoadedImage['id'] | null {
  try {
    return store.images.resolve(reference).id
  } catch (error) {
    if (error instanceof LaminaError && error.code === 'not_found') return null
    throw error
  }
}

async function* counted(stream: ByteStream, { signal, progress }: LoadOptions): ByteStream {
  let done = 0
  for await (const chunk of stream) {
    if (signal?.aborted) throw new LaminaError('cancelled')
    done += chunk.length
    progress?.(done, null)
    yield chunk
  }
}

/** Errors about the archive say its name; those below know only "tar". */
function named(error: unknown, name: string): unknown {
  if (!(error instanceof LaminaError)) return error
  if (error.code === 'archive_corrupted' || error.code === 'archive_unsupported')
    return new LaminaError(error.code, { ...error.params, name }, { cause: error.cause })
  if (error.code !== 'document_invalid') return error
  const reason = `${error.params.name ?? 'document'}: ${error.params.reason ?? ''}`
  return new LaminaError('archive_corrupted', { name, reason }, { cause: error.cause })
}
