/**
 * One walk through an image archive: documents are kept in memory by their path, everything else is
 * offered to the store as a layer. What is no layer is remembered with its fault: it matters only
 * when the archive says that it is one.
 */
import { LaminaError } from '@shared/errors'
import type { ByteStream, Lease } from '../blob/blob-store'
import { TarScanner } from '../layer/tar-scanner'
import type { LayerEntry } from '../layer/types'
import { MAX_DOCUMENT } from '../oci/json'
import type { LayerWriter, Store, StoredLayer } from './types'

export interface Archive {
  /** Small files by path. */
  documents: Map<string, Buffer>
  layers: Map<string, StoredLayer>
  /** Why a file is no layer. */
  faults: Map<string, unknown>
  /** Symbolic and hard links: the path that is meant. */
  links: Map<string, string>
}

/** All documents together; an image has a few kB of them. */
const MAX_DOCUMENTS = 16 * 1024 * 1024
/** Entries of one archive: far more than any image has files in its archive. */
const MAX_FILES = 200_000

/** What says which images there are. */
const DESCRIPTIONS = ['manifest.json', 'index.json']

type Part = { begin: LayerEntry } | { data: Buffer } | { end: true }

/** @throws LaminaError archive_corrupted */
export async function readArchive(
  store: Store,
  lease: Lease,
  stream: ByteStream,
): Promise<Archive> {
  const reader = new ArchiveReader(store, lease)
  let parts: Part[] = []
  const scanner = new TarScanner({
    entry: (begin) => parts.push({ begin }),
    data: (data) => parts.push({ data }),
    entryEnd: () => parts.push({ end: true }),
  })
  try {
    for await (const chunk of stream) {
      scanner.write(chunk)
      for (const part of parts) await reader.take(part)
      parts = []
    }
    scanner.end()
    for (const part of parts) await reader.take(part)
    if (scanner.position === 0) throw corrupted('it is empty')
    return reader.archive
  } finally {
    await reader.close()
  }
}

class ArchiveReader {
  readonly archive: Archive = {
    documents: new Map(),
    layers: new Map(),
    faults: new Map(),
    links: new Map(),
  }
  #path = ''
  #document: Buffer[] | null = null
  #documentBytes = 0
  #layer: LayerWriter | null = null
  #seen = 0

  constructor(
    readonly store: Store,
    readonly lease: Lease,
  ) {}

  async take(part: Part): Promise<void> {
    if ('begin' in part) await this.#begin(part.begin)
    else if ('data' in part) await this.#data(part.data)
    else await this.#end()
  }

  async close(): Promise<void> {
    await this.#layer?.cancel()
  }

  async #begin(entry: LayerEntry): Promise<void> {
    if (++this.#seen > MAX_FILES) throw corrupted('it has too many files')
    const { path } = entry
    this.#path = path
    this.#document = null
    this.#layer = null
    if (entry.type === 'symlink') this.archive.links.set(path, resolve(path, entry.linkname))
    if (entry.type === 'hardlink') this.archive.links.set(path, entry.linkname)
    if (entry.type !== 'file') return
    if (entry.sparse) throw corrupted(`${path} is a sparse file`)
    if (this.archive.layers.has(path) || this.archive.documents.has(path))
      throw corrupted(`${path} stands in it twice`)
    if (DESCRIPTIONS.includes(path) && entry.size > MAX_DOCUMENT)
      throw corrupted(`${path} is larger than ${MAX_DOCUMENT} bytes`)
    if (isDocument(entry)) {
      this.#count(entry.size)
      this.#document = []
    } else if (entry.size <= MAX_DOCUMENT && path.startsWith('blobs/')) {
      // Config, manifest or a small layer: its content tells.
      this.#document = []
    } else {
      this.#layer = await this.#writer()
    }
  }

  async #data(data: Buffer): Promise<void> {
    if (this.#document) this.#document.push(Buffer.from(data))
    else if (this.#layer) await this.#write(data)
  }

  async #end(): Promise<void> {
    const { documents } = this.archive
    if (this.#document) {
      const bytes = Buffer.concat(this.#document)
      this.#document = null
      const isBlob = this.#path.startsWith('blobs/')
      if (!isBlob || looksLikeJson(bytes)) {
        if (isBlob) this.#count(bytes.length)
        documents.set(this.#path, bytes)
        return
      }
      this.#layer = await this.#writer()
      await this.#write(bytes)
    }
    if (this.#layer) await this.#commit(this.#layer)
  }

  /** Documents stay in memory, so that there is an end to them. */
  #count(bytes: number): void {
    this.#documentBytes += bytes
    if (this.#documentBytes > MAX_DOCUMENTS) throw corrupted('its documents are too large')
  }

  #writer(): Promise<LayerWriter> {
    return this.store.layers.writer({ lease: this.lease, name: this.#path })
  }

  async #write(data: Buffer): Promise<void> {
    const layer = this.#layer
    if (layer) await this.#orFault(layer, () => layer.write(data))
  }

  async #commit(layer: LayerWriter): Promise<void> {
    await this.#orFault(layer, async () => {
      this.archive.layers.set(this.#path, await layer.commit())
    })
    this.#layer = null
  }

  /** A file that is no layer may be anything; only failures of the disk end the walk. */
  async #orFault(layer: LayerWriter, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      await layer.cancel()
      this.#layer = null
      const harmless =
        error instanceof LaminaError &&
        ['archive_corrupted', 'digest_mismatch', 'archive_unsupported'].includes(error.code)
      if (!harmless) throw error
      this.archive.faults.set(this.#path, error)
    }
  }
}

/** The layer at a path, links followed. Throws what is wrong with it; null: no such file. */
export function layerAt(archive: Archive, path: string): StoredLayer | null {
  let at = path.replace(/^\.?\/+/, '')
  for (let hops = 0; hops < 8; hops++) {
    const layer = archive.layers.get(at)
    if (layer) return layer
    const fault = archive.faults.get(at)
    if (fault !== undefined) throw fault
    const next = archive.links.get(at)
    if (next === undefined) return null
    at = next
  }
  throw corrupted(`${path} is a link to itself`)
}

export function corrupted(reason: string): LaminaError {
  return new LaminaError('archive_corrupted', { name: 'tar', reason })
}

function isDocument({ path, size }: LayerEntry): boolean {
  if (size > MAX_DOCUMENT) return false
  const name = path.slice(path.lastIndexOf('/') + 1)
  return name.endsWith('.json') || ['json', 'repositories', 'oci-layout', 'VERSION'].includes(name)
}

/** A tar's first name may begin with a brace as well, but a tar says that it is one. */
function looksLikeJson(bytes: Buffer): boolean {
  const isTar = bytes.toString('latin1', 257, 262) === 'ustar'
  return !isTar && (bytes[0] === 0x7b || bytes[0] === 0x5b)
}

/** Where a relative link leads; one that leaves the archive leads nowhere. */
function resolve(path: string, target: string): string {
  const parts = target.startsWith('/') ? [] : path.split('/').slice(0, -1)
  for (const part of target.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return parts.join('/')
}
