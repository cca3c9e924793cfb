/** The blob store on a file system: `blobs/<algorithm>/<hex>` (paths.ts). */
import { renameSync } from 'node:fs'
import { open, opendir, rm, stat, type FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { LaminaError } from '@shared/errors'
import {
  digestAlgorithm,
  Digester,
  digestHex,
  digestOf,
  isDigest,
  type Digest,
} from '../oci/digest'
import { MAX_DOCUMENT } from '../oci/json'
import type { BlobInfo, BlobStore, BlobWriter, ByteStream, Lease, WriteOptions } from './blob-store'
import { adoptFile } from './adopt'
import { AtMost } from './at-most'
import { BUFFER_SIZE } from './buffers'
import { ingestPath, isMissing, makeFolder, onDisk, publish, syncFolder } from './disk'
import { DiskBlobWriter } from './disk-blob-writer'
import { Leases } from './leases'
import { digestPath, type RootPaths } from './paths'
import { putSmall, SMALL } from './put-small'

/** Small blobs that are read at once: each is an open file, and a list of images asks for thousands. */
const READS = 32
const ALGORITHMS = ['sha256', 'sha512'] as const

export class DiskBlobStore implements BlobStore {
  readonly #paths: RootPaths
  readonly #leases = new Leases()
  readonly #reads = new AtMost(READS)

  /** Makes the folders and clears what an earlier process left half written. */
  static async open(paths: RootPaths): Promise<DiskBlobStore> {
    await onDisk(paths.root, () => rm(paths.ingest, { recursive: true, force: true }))
    await makeFolder(paths.ingest)
    for (const algorithm of ALGORITHMS) await makeFolder(`${paths.blobs}/${algorithm}`)
    await onDisk(paths.root, async () => {
      await syncFolder(paths.blobs)
      await syncFolder(paths.root)
    })
    return new DiskBlobStore(paths)
  }

  private constructor(paths: RootPaths) {
    this.#paths = paths
  }

  path(digest: Digest): string {
    return digestPath(this.#paths.blobs, digest)
  }

  async stat(digest: Digest): Promise<BlobInfo | null> {
    const path = this.path(digest)
    return onDisk(path, async () => {
      try {
        return { digest, size: (await stat(path)).size }
      } catch (error) {
        if (isMissing(error)) return null
        throw error
      }
    })
  }

  async has(digest: Digest): Promise<boolean> {
    return (await this.stat(digest)) !== null
  }

  async open(digest: Digest, range: Range = {}): Promise<ByteStream> {
    if (!(await this.has(digest))) throw new LaminaError('not_found', { name: digest })
    // Opened when it is read, so that a stream that nobody reads leaves no file open.
    return readRange(() => this.#openFile(digest), range)
  }

  read(digest: Digest): Promise<Buffer> {
    return this.#reads.run(() => this.#readSmall(digest))
  }

  async #readSmall(digest: Digest): Promise<Buffer> {
    const handle = await this.#openFile(digest)
    try {
      const { size } = await handle.stat()
      if (size > MAX_DOCUMENT) {
        throw new LaminaError('document_invalid', {
          name: digest,
          reason: `larger than ${MAX_DOCUMENT} bytes`,
        })
      }
      const data = await handle.readFile()
      if (digestOf(data, digestAlgorithm(digest)) !== digest) {
        throw new LaminaError('store_damaged', {
          path: this.path(digest),
          reason: 'its content is not what its name says',
        })
      }
      return data
    } finally {
      await handle.close()
    }
  }

  async writer(options: WriteOptions = {}): Promise<BlobWriter> {
    const expected = options.expected?.digest
    if (expected) options.lease?.add(expected)
    return DiskBlobWriter.create(
      {
        temporary: ingestPath(this.#paths.ingest),
        path: (digest) => this.path(digest),
        root: this.#paths.root,
      },
      options,
    )
  }

  async put(data: Buffer, options: WriteOptions = {}): Promise<BlobInfo> {
    if (data.length <= SMALL) {
      const own = ingestPath(this.#paths.ingest)
      return putSmall(data, own, (digest) => this.path(digest), options)
    }
    const writer = await this.writer(options)
    await writer.write(data)
    return writer.commit()
  }

  adopt(
    path: string,
    digest: Digest,
    options: { lease?: Lease; verify?: boolean; move?: boolean } = {},
  ): Promise<BlobInfo & { linked: boolean }> {
    options.lease?.add(digest)
    const own = ingestPath(this.#paths.ingest)
    return adoptFile({ from: path, own, to: this.path(digest), digest }, options)
  }

  delete(digest: Digest): Promise<boolean> {
    const path = this.path(digest)
    return onDisk(path, async () => {
      // The name goes without giving way to other work: whoever takes a lease and then looks for
      // the blob sees it gone, and does not lose it a moment later.
      const aside = ingestPath(this.#paths.ingest)
      try {
        renameSync(path, aside)
      } catch (error) {
        if (isMissing(error)) return false
        throw error
      }
      await rm(aside, { force: true })
      await syncFolder(dirname(path))
      return true
    })
  }

  async setAside(digest: Digest): Promise<void> {
    const path = this.path(digest)
    await makeFolder(this.#paths.damaged)
    await onDisk(path, () => publish(path, join(this.#paths.damaged, digestHex(digest))))
  }

  async *list(): AsyncIterable<BlobInfo> {
    for await (const digest of this.digests()) {
      const info = await this.stat(digest)
      if (info) yield info
    }
  }

  async *digests(): AsyncIterable<Digest> {
    for (const algorithm of ALGORITHMS) {
      for await (const file of await opendir(`${this.#paths.blobs}/${algorithm}`)) {
        const digest = `${algorithm}:${file.name}`
        if (isDigest(digest)) yield digest
      }
    }
  }

  async verify(digest: Digest, onBytes?: (count: number) => void): Promise<boolean> {
    const digester = new Digester(digestAlgorithm(digest))
    for await (const chunk of await this.open(digest)) {
      digester.update(chunk)
      onBytes?.(chunk.length)
    }
    return digester.digest() === digest
  }

  lease(): Lease {
    return this.#leases.create()
  }

  leased(digest: Digest): boolean {
    return this.#leases.has(digest)
  }

  #openFile(digest: Digest): Promise<FileHandle> {
    const path = this.path(digest)
    return onDisk(path, async () => {
      try {
        return await open(path, 'r')
      } catch (error) {
        if (isMissing(error)) throw new LaminaError('not_found', { name: digest }, { cause: error })
        throw error
      }
    })
  }
}

interface Range {
  start?: number
  end?: number
  signal?: AbortSignal
  reuse?: boolean
}

/** Chunks that are valid at the same time where memory is used again. */
const IN_USE = 3

/** The file's bytes from `start` to before `end`; closes the file at its end or when left. */
async function* readRange(
  openFile: () => Promise<FileHandle>,
  { start = 0, end = Infinity, signal, reuse = false }: Range,
): AsyncGenerator<Buffer> {
  const handle = await openFile()
  const ring: Buffer[] = []
  try {
    const stop = Math.min(end, (await handle.stat()).size)
    for (let at = start; at < stop;) {
      if (signal?.aborted) throw new LaminaError('cancelled')
      const length = Math.min(BUFFER_SIZE, stop - at)
      const spare = reuse && ring.length === IN_USE ? ring.shift() : null
      const buffer = spare ?? Buffer.allocUnsafeSlow(length)
      if (reuse) ring.push(buffer)
      const { bytesRead } = await handle.read(buffer, 0, length, at)
      if (bytesRead === 0) return
      at += bytesRead
      yield bytesRead === buffer.length ? buffer : buffer.subarray(0, bytesRead)
    }
  } finally {
    await handle.close()
  }
}
