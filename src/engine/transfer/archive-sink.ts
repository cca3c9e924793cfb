/**
 * Writes an image as an archive that Docker loads (`manifest.json`) and that is an OCI layout as
 * well; an index as an OCI layout. What tells of the contents comes last, and every blob is hashed
 * on its way: a source that breaks or lies leaves nothing that could be loaded.
 */
import { randomBytes } from 'node:crypto'
import { rename, rm } from 'node:fs/promises'
import { LaminaError } from '@shared/errors'
import { familiarReference, type Reference } from '@shared/reference'
import { diskError } from '../blob/disk'
import { HashedFile } from '../blob/hashed-file'
import { LargeFile } from '../blob/large-file'
import type { ByteStream } from '../blob/blob-store'
import { archiveFile, archiveFolder, blobPath, namedDescriptors } from '../image/save'
import { packTar } from '../layer/tar-writer'
import type { LayerSource } from '../layer/types'
import { digestAlgorithm, Digester, type Digest } from '../oci/digest'
import { goJson } from '../oci/go-json'
import type { Descriptor } from '../oci/manifest'
import { OCI_INDEX } from '../oci/media-types'
import type { Sink, SinkResult, Sourced, SourcedBlob, SourcedImage, SourcedIndex } from './copy'
import { distinctLayers } from './layers'
import { ItemProgress, type TransferOptions } from './progress'

export interface Archived {
  stream: ByteStream
  /** Once the stream has been read to its end. */
  result(): SinkResult
}

/** The archive of an image; its bytes come when they are read. `reuse`: as BlobStore.open. */
export function archiveOf(
  sourced: Sourced,
  name: Reference | null,
  options: TransferOptions & { reuse?: boolean } = {},
): Archived {
  let result: SinkResult | null = null
  const entries =
    sourced.kind === 'image'
      ? imageEntries(sourced, name, options, (done) => (result = done))
      : indexEntries(sourced, name, options, (done) => (result = done))
  const { signal, reuse = false } = options
  return {
    stream: packTar(entries, { reuse, ...(signal && { signal }) }),
    result: () => {
      if (result) return result
      throw new LaminaError('internal', {}, { cause: 'the archive has not been read' })
    },
  }
}

/** An archive in a file, which is there when it is complete. */
export class ArchiveSink implements Sink {
  constructor(
    private readonly path: string,
    private readonly name: Reference | null,
  ) {}

  async put(sourced: Sourced, options: TransferOptions): Promise<SinkResult> {
    const { stream, result } = archiveOf(sourced, this.name, { ...options, reuse: true })
    await writeArchive(this.path, stream)
    return result()
  }
}

/** Writes a file beside, syncs it and gives it its name. Errors: those of the disk. */
export async function writeArchive(path: string, stream: ByteStream): Promise<void> {
  const draft = `${path}.${randomBytes(4).toString('hex')}.part`
  try {
    const file = new HashedFile({
      file: () => LargeFile.open(draft, 'wx', 0o644),
      algorithm: null,
    })
    try {
      for await (const chunk of stream) await file.write(chunk)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw diskError(error, path)
  }
}

async function* imageEntries(
  sourced: SourcedImage,
  name: Reference | null,
  options: TransferOptions,
  onEnd: (result: SinkResult) => void,
): AsyncGenerator<LayerSource> {
  const { signal = new AbortController().signal } = options
  yield* folders(['sha256'])
  const layers = distinctLayers(sourced.layers)
  const waiting = layers.map((layer) => ({
    layer,
    progress: new ItemProgress(layer.diffId, 'Preparing', options.onProgress),
  }))
  sourced.begin?.({ layers, config: true })
  const sent = new Set<Digest>()
  for (const { layer, progress } of waiting) {
    await sourced.prepare?.(layer, {
      signal,
      progress: (done, total) => progress.bytesOf('Compressing', done, total),
    })
    yield* blobEntry(layer, await layer.descriptor(), sent, progress, signal)
  }
  const config = await sourced.config.descriptor()
  yield* blobEntry(sourced.config, config, sent, null, signal)
  const { raw, descriptor, manifest } = await sourced.manifest()
  if (!sent.has(descriptor.digest)) yield archiveFile(blobPath(descriptor.digest), raw)
  const tags = name ? [familiarReference(name)] : []
  yield archiveFile('index.json', indexOf(namedDescriptors(descriptor, tags)))
  yield archiveFile('oci-layout', goJson({ imageLayoutVersion: '1.0.0' }))
  const Layers = manifest.layers.map(({ digest }) => blobPath(digest))
  const item = { Config: blobPath(config.digest), RepoTags: name ? tags : null, Layers }
  yield archiveFile('manifest.json', goJson([item]))
  const { digest } = descriptor
  onEnd({ id: config.digest, digest, size: raw.length, upToDate: false })
}

async function* indexEntries(
  { blobs, documents, digest }: SourcedIndex,
  name: Reference | null,
  { signal, onProgress }: TransferOptions,
  onEnd: (result: SinkResult) => void,
): AsyncGenerator<LayerSource> {
  yield* folders(['sha256'])
  const sent = new Set<Digest>()
  const waiting = []
  for (const blob of blobs) {
    const descriptor = await blob.descriptor()
    const progress = new ItemProgress(descriptor.digest, 'Preparing', onProgress)
    waiting.push({ blob, descriptor, progress })
  }
  for (const { blob, descriptor, progress } of waiting) {
    yield* blobEntry(blob, descriptor, sent, progress, signal)
  }
  for (const document of documents) yield archiveFile(blobPath(document.digest), document.bytes)
  const top = documents.find((document) => document.digest === digest)
  const size = top?.bytes.length ?? 0
  const descriptor: Descriptor = { mediaType: top?.mediaType ?? OCI_INDEX, digest, size }
  const tags = name ? [familiarReference(name)] : []
  yield archiveFile('index.json', indexOf(namedDescriptors(descriptor, tags)))
  yield archiveFile('oci-layout', goJson({ imageLayoutVersion: '1.0.0' }))
  onEnd({ id: digest, digest, size, upToDate: false })
}

function* blobEntry(
  blob: SourcedBlob,
  { digest, size }: Descriptor,
  sent: Set<Digest>,
  progress: ItemProgress | null,
  signal: AbortSignal | undefined,
): Generator<LayerSource> {
  if (sent.has(digest)) return
  sent.add(digest)
  const { entry } = archiveFile(blobPath(digest), Buffer.alloc(0))
  progress?.step('Saving', size)
  const stream = () => verified(blob, digest, signal, (done) => progress?.bytes(done))
  yield { entry: { ...entry, size, stored: size }, content: { stream, length: size } }
  progress?.end('done', 'Saved')
}

/** A blob's bytes; other bytes than its digest says end them with an error. */
async function* verified(
  blob: SourcedBlob,
  digest: Digest,
  signal: AbortSignal | undefined,
  onBytes: (done: number) => void,
): ByteStream {
  const digester = new Digester(digestAlgorithm(digest))
  for await (const chunk of await blob.open({ signal, reuse: true })) {
    digester.update(chunk)
    yield chunk
    onBytes(digester.size)
  }
  const actual = digester.digest()
  if (actual !== digest) {
    throw new LaminaError('digest_mismatch', {}, { cause: `${digest}: its content is ${actual}` })
  }
}

function* folders(algorithms: string[]): Generator<LayerSource> {
  yield archiveFolder('blobs')
  for (const name of algorithms) yield archiveFolder(`blobs/${name}`)
}

function indexOf(manifests: Descriptor[]): Buffer {
  return goJson({ schemaVersion: 2, mediaType: OCI_INDEX, manifests })
}
