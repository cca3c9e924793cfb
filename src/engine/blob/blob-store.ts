/**
 * A content-addressed store of blobs: what every implementation promises.
 *
 * A blob is either completely there, under the digest of its bytes and on the disk itself, or not
 * there at all. Writing a blob that exists is harmless. All methods may be called at the same time.
 * Failures of the disk come as LaminaError `disk_full`, `read_only` or `permission_denied`.
 */
import type { Digest } from '../oci/digest'

/** Bytes, in chunks that the receiver may keep. Leaving the loop early closes the source. */
export type ByteStream = AsyncIterable<Buffer>

export interface BlobInfo {
  digest: Digest
  /** Bytes. */
  size: number
}

export interface BlobWriter {
  /** Bytes taken so far. */
  readonly size: number
  /** Appends. The chunk may be used again once the promise is fulfilled. */
  write(chunk: Uint8Array): Promise<void>
  /**
   * Syncs, checks against what was expected and gives the blob its name; atomic and durable.
   * Throws `digest_mismatch` when it is not what was expected; nothing of it is kept then.
   */
  commit(): Promise<BlobInfo>
  /** Drops everything that was written. Harmless after `commit` or a second time. */
  cancel(): Promise<void>
}

/** Keeps blobs from the garbage collector while something is being put together from them. */
export interface Lease {
  /** Protects a blob, whether it exists yet or not. Check that it exists after this, not before. */
  add(digest: Digest): void
  /** The digests that this lease protects. */
  readonly digests: ReadonlySet<Digest>
  release(): void
}

export interface WriteOptions {
  /** Refuse anything else. */
  expected?: { digest?: Digest; size?: number }
  /** Protects the blob from the moment it is there. */
  lease?: Lease
}

export interface BlobStore {
  /** What it is, or null when it is not there. Reads no content. */
  stat(digest: Digest): Promise<BlobInfo | null>
  has(digest: Digest): Promise<boolean>
  /**
   * Its bytes from `start` to before `end`, in chunks of up to 1 MiB.
   * Throws `not_found` when it is not there. `signal` ends the stream with `cancelled`. With `reuse`
   * a chunk is valid until the second one after it is asked for, as in front of a connection that
   * takes one while the next is read.
   */
  open(
    digest: Digest,
    range?: { start?: number; end?: number; signal?: AbortSignal; reuse?: boolean },
  ): Promise<ByteStream>
  /** A small blob as a whole (at most 4 MiB), checked against its digest (`store_damaged`). */
  read(digest: Digest): Promise<Buffer>
  /** A new blob; sha256 unless something else is expected. */
  writer(options?: WriteOptions): Promise<BlobWriter>
  /** A small blob at once. */
  put(data: Buffer, options?: WriteOptions): Promise<BlobInfo>
  /**
   * Takes a file of this file system in as a blob, by a hard link where that is possible (`linked`)
   * and by copying it otherwise. The file must not be changed afterwards. `verify: false` is for
   * bytes whose digest is known already; `move` takes the file's own name away. Synced like any blob.
   * Throws `digest_mismatch`, and `not_found` when there is no such file.
   */
  adopt(
    path: string,
    digest: Digest,
    options?: { lease?: Lease; verify?: boolean; move?: boolean },
  ): Promise<BlobInfo & { linked: boolean }>
  /** Removes; true when it was there. Leases are the caller's to respect (`leased`). */
  delete(digest: Digest): Promise<boolean>
  /** Takes a damaged blob out of the way, to `damaged/`; it counts as missing from then on. */
  setAside(digest: Digest): Promise<void>
  /** All of them, in no order. */
  list(): AsyncIterable<BlobInfo>
  /** The names of all of them, in no order; cheaper than `list`, which asks for each size. */
  digests(): AsyncIterable<Digest>
  /**
   * Reads it all and compares: false when its bytes are not what its name says. `onBytes` is told of
   * every piece; what it throws ends the reading.
   */
  verify(digest: Digest, onBytes?: (count: number) => void): Promise<boolean>
  /** Where it lies, for reading by position (`preadv`, a worker). */
  path(digest: Digest): string
  lease(): Lease
  /** Whether any lease protects it. */
  leased(digest: Digest): boolean
}
