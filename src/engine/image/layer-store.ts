/** The layers of a root: kept as they came, their files indexed, other forms made when wanted. */
import { LaminaError } from '@shared/errors'
import { AdoptingWriter } from '../blob/adopting-writer'
import type { BlobInfo, BlobStore, ByteStream, Lease } from '../blob/blob-store'
import type { RootPaths } from '../blob/paths'
import { LayerIndexBuilder } from '../layer/index-builder'
import { TarScanner } from '../layer/tar-scanner'
import { packTar } from '../layer/tar-writer'
import type { Content, FileTree, LayerEntry, LayerIndex, LayerSource } from '../layer/types'
import { type Digest, digestAlgorithm, Digester } from '../oci/digest'
import type { Descriptor } from '../oci/manifest'
import { layerMediaType, type Compression } from '../oci/media-types'
import { gzipped } from './gzip'
import { fileContent } from './layer-content'
import { LayerIndexes } from './layer-indexes'
import { LayerRecords } from './layer-records'
import { StoreLayerWriter } from './layer-writer'
import type { DamagedRecord } from './record-files'
import type { Layer, LayerForm, LayerStore, LayerWriter, Progress, StoredLayer } from './types'
import { unpacked } from './unpack'

interface ReadOptions {
  signal?: AbortSignal
  progress?: Progress
}

export class DiskLayerStore implements LayerStore {
  readonly #blobs: BlobStore
  readonly #records: LayerRecords
  readonly #indexes: LayerIndexes
  /** Forms that are being made, by diffID and packing: nobody makes one twice. */
  readonly #making = new Map<string, Promise<LayerForm>>()

  static async open(paths: RootPaths, blobs: BlobStore): Promise<DiskLayerStore> {
    return new DiskLayerStore(blobs, await LayerRecords.open(paths))
  }

  private constructor(blobs: BlobStore, records: LayerRecords) {
    this.#blobs = blobs
    this.#records = records
    this.#indexes = new LayerIndexes(records, (layer, options) =>
      blobs.open(easiestForm(layer).digest, options),
    )
  }

  /** Records that could not be read. */
  get damaged(): readonly DamagedRecord[] {
    return this.#records.damaged
  }

  get(diffId: Digest): StoredLayer | null {
    return this.#records.get(diffId)
  }

  byBlob(digest: Digest): StoredLayer | null {
    return this.#records.byBlob(digest)
  }

  list(): StoredLayer[] {
    return this.#records.all()
  }

  layer(diffId: Digest, as?: Descriptor): Layer {
    this.#require(diffId)
    const descriptor = async (options?: ReadOptions): Promise<Descriptor> => {
      if (as) return as
      const { compression, digest, size } = await this.compressed(diffId, options)
      const flavour = compression === 'zstd' ? 'oci' : 'docker'
      return { mediaType: layerMediaType(compression, flavour), digest, size }
    }
    return {
      diffId,
      descriptor: () => descriptor(),
      open: async (options) => this.#blobs.open((await descriptor(options)).digest, options),
      uncompressed: (options) => this.uncompressed(diffId, options),
      index: (options) => this.index(diffId, options),
    }
  }

  async writer(
    options: {
      expected?: { digest?: Digest; size?: number; diffId?: Digest }
      lease?: Lease
      name?: string
      adopt?: string
    } = {},
  ): Promise<LayerWriter> {
    const { digest, size, diffId } = options.expected ?? {}
    // Until its record is there, nothing else says that the blob is wanted.
    const own = this.#blobs.lease()
    const lease = both(own, options.lease)
    const expected = { ...(digest && { digest }), ...(size !== undefined && { size }) }
    const blob =
      digest && options.adopt
        ? new AdoptingWriter(this.#blobs, { path: options.adopt, digest, size }, lease)
        : await this.#blobs.writer({ expected, lease })
    return new StoreLayerWriter(
      blob,
      {
        name: options.name ?? 'layer',
        algorithm: digest ? digestAlgorithm(digest) : 'sha256',
        ended: () => own.release(),
        ...(diffId && { diffId }),
      },
      async (written) => {
        const form = { compression: written.compression, ...written.blob }
        return this.#keep(written.diffId, written.size, form, written.index)
      },
    )
  }

  async build(
    entries: AsyncIterable<LayerSource> | Iterable<LayerSource>,
    options: ReadOptions & { lease?: Lease } = {},
  ): Promise<StoredLayer> {
    const { signal, progress } = options
    const builder = new LayerIndexBuilder()
    const own = this.#blobs.lease()
    const writer = await this.#blobs.writer({ lease: both(own, options.lease) })
    const tar = packTar(entries, {
      onEntry: (entry) => builder.add(entry),
      reuse: true,
      ...(signal && { signal }),
    })
    try {
      // The next chunk is read while this one is hashed and written.
      let next = tar.next()
      for (let chunk = await next; !chunk.done; chunk = await next) {
        next = tar.next()
        next.catch(() => undefined)
        await writer.write(chunk.value)
        progress?.(writer.size, null)
      }
      const blob = await writer.commit()
      const form = { compression: 'none' as const, ...blob }
      return await this.#keep(blob.digest, blob.size, form, builder.build())
    } finally {
      await tar.return(undefined)
      await writer.cancel()
      own.release()
    }
  }

  async pack(
    tar: ByteStream,
    options: ReadOptions & { lease?: Lease; wanted?: (diffId: Digest) => boolean } = {},
  ): Promise<StoredLayer | null> {
    const builder = new LayerIndexBuilder()
    const scanner = new TarScanner({ entry: (entry) => builder.addTarEntry(entry) })
    const digester = new Digester()
    const own = this.#blobs.lease()
    const writer = await this.#blobs.writer({ lease: both(own, options.lease) })
    try {
      const read = tapped(tar, (chunk) => {
        if (options.signal?.aborted) throw new LaminaError('cancelled')
        digester.update(chunk)
        scanner.write(chunk)
        options.progress?.(digester.size, null)
      })
      for await (const chunk of gzipped(read)) await writer.write(chunk)
      scanner.end()
      const { size } = digester
      const diffId = digester.digest()
      if (options.wanted && !options.wanted(diffId)) return null
      const form = { compression: 'gzip' as const, ...(await writer.commit()) }
      return await this.#keep(diffId, size, form, builder.build())
    } finally {
      await writer.cancel()
      own.release()
    }
  }

  async uncompressed(diffId: Digest, options: ReadOptions = {}): Promise<ByteStream> {
    const form = easiestForm(this.#require(diffId))
    const stream = await this.#blobs.open(form.digest, options)
    return form.compression === 'none' ? stream : unpacked(stream)
  }

  async compressed(diffId: Digest, options: ReadOptions = {}): Promise<LayerForm> {
    const { forms } = this.#require(diffId)
    const packed = forms.find(({ compression }) => compression !== 'none')
    return packed ?? this.#make(diffId, 'gzip', options)
  }

  async index(diffId: Digest, options: ReadOptions = {}): Promise<LayerIndex> {
    return this.#indexes.get(this.#require(diffId), options)
  }

  async indexes(diffIds: readonly Digest[], options: ReadOptions = {}): Promise<LayerIndex[]> {
    return this.#indexes.all(
      diffIds.map((diffId) => this.#require(diffId)),
      options,
    )
  }

  async readFile(
    diffId: Digest,
    entry: LayerEntry,
    range: { start?: number; end?: number; signal?: AbortSignal } = {},
  ): Promise<ByteStream> {
    const form = await this.#plain(diffId)
    const signal = range.signal && { signal: range.signal }
    const read = (start: number, end: number) =>
      this.#blobs.open(form.digest, { start, end, ...signal })
    return fileContent(entry, read, range)
  }

  content(diffId: Digest, entry: LayerEntry): Content {
    if (entry.stored === 0) return null
    const { forms } = this.#require(diffId)
    const plain = forms.find(({ compression }) => compression === 'none')
    const { offset, stored: length } = entry
    if (plain) return { file: this.#blobs.path(plain.digest), offset, length }
    const read = async function* (this: DiskLayerStore): ByteStream {
      const { digest } = await this.#plain(diffId)
      yield* await this.#blobs.open(digest, { start: offset, end: offset + length })
    }
    return { stream: () => read.call(this), length }
  }

  async remove(diffId: Digest): Promise<void> {
    await this.#records.remove(diffId)
    this.#indexes.delete(diffId)
  }

  async union(diffIds: readonly Digest[], options: ReadOptions = {}): Promise<FileTree> {
    return this.#indexes.union(
      diffIds.map((diffId) => this.#require(diffId)),
      options,
    )
  }

  #require(diffId: Digest): StoredLayer {
    const layer = this.#records.get(diffId)
    if (layer) return layer
    throw new LaminaError('not_found', { name: `layer ${diffId}` })
  }

  /** The index first, then the record that makes the layer known. */
  async #keep(
    diffId: Digest,
    size: number,
    form: LayerForm,
    index: LayerIndex,
  ): Promise<StoredLayer> {
    if (this.#records.get(diffId)) this.#indexes.hold(diffId, index)
    else await this.#indexes.put(diffId, index)
    return this.#records.put({ diffId, size, contentSize: contentSize(index), forms: [form] })
  }

  /** For reading files by position: a packed layer is unpacked beside, once. */
  async #plain(diffId: Digest): Promise<LayerForm> {
    const { forms } = this.#require(diffId)
    const plain = forms.find(({ compression }) => compression === 'none')
    return plain ?? this.#make(diffId, 'none', {})
  }

  #make(diffId: Digest, compression: Compression, options: ReadOptions): Promise<LayerForm> {
    const key = `${diffId} ${compression}`
    const running = this.#making.get(key)
    if (running) return running
    const made = this.#makeForm(diffId, compression, options).finally(() =>
      this.#making.delete(key),
    )
    this.#making.set(key, made)
    return made
  }

  async #makeForm(
    diffId: Digest,
    compression: Compression,
    { signal, progress }: ReadOptions,
  ): Promise<LayerForm> {
    const layer = this.#require(diffId)
    const lease = this.#blobs.lease()
    lease.add(diffId)
    const expected = compression === 'none' ? { digest: diffId, size: layer.size } : {}
    const writer = await this.#blobs.writer({ lease, expected })
    try {
      const tar = counted(await this.uncompressed(diffId, signal && { signal }), (done) =>
        progress?.(done, layer.size),
      )
      const stream = compression === 'none' ? tar : gzipped(tar)
      for await (const chunk of stream) await writer.write(chunk)
      const blob: BlobInfo = await writer.commit()
      const form = { compression, ...blob }
      await this.#records.put({ ...layer, forms: [form] })
      return form
    } finally {
      await writer.cancel()
      lease.release()
    }
  }
}

/** A lease for two holders. */
function both(own: Lease, other: Lease | undefined): Lease {
  if (!other) return own
  return {
    digests: own.digests,
    add: (digest) => {
      own.add(digest)
      other.add(digest)
    },
    release: () => own.release(),
  }
}

/** The plain tar where it is kept; else the form that it came in. */
function easiestForm({ forms }: StoredLayer): LayerForm {
  return forms.find(({ compression }) => compression === 'none') ?? (forms[0] as LayerForm)
}

/** The same stream; each chunk is shown before it goes on. */
async function* tapped(stream: ByteStream, show: (chunk: Buffer) => void): ByteStream {
  for await (const chunk of stream) {
    show(chunk)
    yield chunk
  }
}

async function* counted(stream: ByteStream, report: (done: number) => void): ByteStream {
  let done = 0
  for await (const chunk of stream) {
    yield chunk
    done += chunk.length
    report(done)
  }
}

/** What Docker counts: files once each, and the targets of symbolic links (moby pkg/directory). */
function contentSize(index: LayerIndex): number {
  let links = 0
  for (let node = 1; node < index.count; node++)
    if (index.type(node) === 'symlink') links += Buffer.byteLength(index.entry(node).linkname)
  return index.totals.bytes + links
}
