/** What is learnt from a layer's tar while its bytes come: how it is packed, its diffID, its files. */
import { LayerIndexBuilder } from '../layer/index-builder'
import { TarScanner } from '../layer/tar-scanner'
import type { LayerIndex } from '../layer/types'
import { type Digest, type DigestAlgorithm, Digester } from '../oci/digest'
import type { Compression } from '../oci/media-types'
import { SniffingUnpacker } from './unpacker'

export interface ReadingOptions {
  /** Of the tar's digest; null: it is not wanted. */
  algorithm: DigestAlgorithm | null
  /** Somebody else hashes what comes by this one: a plain tar is not hashed again. */
  hashed?: DigestAlgorithm
  /** Told how many bytes of the tar have been read. */
  progress?: (position: number) => void
}

export interface ReadTar {
  compression: Compression
  /** Null: not wanted, or the same as that of the bytes that came. */
  diffId: Digest | null
  /** Bytes of the tar. */
  size: number
  index: LayerIndex
}

/** One tar that is being read. Throws `archive_corrupted`, `archive_unsupported`. */
export class TarReading {
  readonly #options: ReadingOptions
  readonly #builder = new LayerIndexBuilder()
  readonly #scanner = new TarScanner({ entry: (entry) => this.#builder.addTarEntry(entry) })
  readonly #digester: Digester | null
  readonly #unpacker = new SniffingUnpacker((tar) => this.#take(tar))

  constructor(options: ReadingOptions) {
    this.#options = options
    this.#digester = options.algorithm && new Digester(options.algorithm)
  }

  /** The chunk may be used again when the promise is fulfilled. */
  write(chunk: Buffer): Promise<void> {
    return this.#unpacker.write(chunk)
  }

  async end(): Promise<ReadTar> {
    await this.#unpacker.end()
    this.#scanner.end()
    return {
      compression: this.#unpacker.compression,
      diffId: this.#isHashed() ? null : (this.#digester?.digest() ?? null),
      size: this.#scanner.position,
      index: this.#builder.build(),
    }
  }

  destroy(): void {
    this.#unpacker.destroy()
  }

  #take(tar: Buffer): void {
    if (!this.#isHashed()) this.#digester?.update(tar)
    this.#scanner.write(tar)
    this.#options.progress?.(this.#scanner.position)
  }

  #isHashed(): boolean {
    const { algorithm, hashed } = this.#options
    return this.#unpacker.compression === 'none' && algorithm === hashed
  }
}
