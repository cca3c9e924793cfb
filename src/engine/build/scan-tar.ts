/** The tar of a build context: kept as it comes, its files hashed on the way (moby pkg/tarsum). */
import type { Hash } from 'node:crypto'
import { LaminaError } from '@shared/errors'
import type { ByteStream } from '../blob/blob-store'
import { checkCount } from '../container/fs/read-tar'
import { clean } from '../container/fs/tree'
import { unpacked } from '../image/unpack'
import { decodeName } from '../layer/names'
import { BLOCK, parseNumber, textEnd } from '../layer/tar-fields'
import { TarScanner } from '../layer/tar-scanner'
import type { LayerEntry } from '../layer/types'
import type { ScratchFile } from './draft'
import { beginSum, type RawHeader } from './tarsum'

export interface ScannedTar {
  /** In their order, offsets in the scratch file. */
  entries: LayerEntry[]
  /** The hash of the first entry of each path, hex. */
  sums: ReadonlyMap<string, string>
}

/**
 * @param tar plain, or packed with gzip or zstd
 * @throws LaminaError archive_corrupted, archive_unsupported, too_many_files, cancelled
 */
export async function scanTar(
  tar: ByteStream,
  scratch: ScratchFile,
  signal?: AbortSignal,
): Promise<ScannedTar> {
  const scan = new Scan(scratch.position)
  try {
    for await (const chunk of unpacked(tar)) {
      if (signal?.aborted) throw new LaminaError('cancelled')
      scan.take(chunk)
      checkCount(scan.entries)
      await scratch.append(chunk)
    }
    scan.end()
  } catch (error) {
    if (!(error instanceof LaminaError) || error.code !== 'archive_corrupted') throw error
    const docker = 'Error processing tar file(exit status 1): unexpected EOF'
    throw new LaminaError('archive_corrupted', { ...error.params, docker }, { cause: error })
  }
  return scan
}

class Scan implements ScannedTar {
  readonly entries: LayerEntry[] = []
  readonly sums = new Map<string, string>()
  readonly #scanner: TarScanner
  /** Of the file that is being read; null: its path has a hash already. */
  #hash: Hash | null = null
  /** The current chunk, where it begins in the tar, and up to a block of what came before it. */
  #chunk: Buffer = Buffer.alloc(0)
  #start = 0
  #before: Buffer = Buffer.alloc(0)

  /** @param base where the tar begins in the scratch file */
  constructor(base: number) {
    this.#scanner = new TarScanner({
      entry: (entry) => {
        const isNew = !this.sums.has(entry.path)
        this.#hash = isNew ? beginSum(entry, this.#rawHeader(entry)) : null
        this.entries.push({ ...entry, offset: entry.offset + base })
      },
      data: (data) => void this.#hash?.update(data),
      entryEnd: () => {
        const path = this.entries.at(-1)?.path
        if (this.#hash && path !== undefined) this.sums.set(path, this.#hash.digest('hex'))
        this.#hash = null
      },
    })
  }

  take(chunk: Buffer): void {
    const last = [this.#before, this.#chunk.subarray(-BLOCK)]
    this.#before = Buffer.concat(last).subarray(-BLOCK)
    this.#chunk = chunk
    this.#start = this.#scanner.position
    this.#scanner.write(chunk)
  }

  end(): void {
    this.#scanner.end()
  }

  /** The block that ends there in the current chunk; it may begin before it. */
  #block(end: number): Buffer {
    if (end >= BLOCK) return this.#chunk.subarray(end - BLOCK, end)
    return Buffer.concat([this.#before.subarray(end - BLOCK), this.#chunk.subarray(0, end)])
  }

  /** The header lies in the block before the content, unless a map of holes lies between them. */
  #rawHeader(entry: LayerEntry): RawHeader {
    // What tars of today write for a name that is too long for the header, or stands elsewhere.
    const name = entry.type === 'directory' ? `${entry.path}/` : entry.path
    if (entry.sparse) return { mode: entry.mode, name }
    const block = this.#block(entry.offset - this.#start)
    const written = decodeName(block, 0, textEnd(block, 0, 100))
    return {
      mode: parseNumber(block, 100, 8),
      name: clean(written) === entry.path ? written : name,
    }
  }
}
