/**
 * Digests: `algorithm:hex`, the names of everything that is kept.
 * OCI image-spec descriptor.md#digests; sha256 and sha512 are the registered algorithms.
 */
import { createHash, type Hash } from 'node:crypto'

export type DigestAlgorithm = 'sha256' | 'sha512'

/** A checked `sha256:<64 hex>` or `sha512:<128 hex>`, always lowercase. */
export type Digest = string & { readonly __digest: 'digest' }

const DIGEST = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/

export function isDigest(text: unknown): text is Digest {
  return typeof text === 'string' && DIGEST.test(text)
}

export function digestAlgorithm(digest: Digest): DigestAlgorithm {
  return digest.startsWith('sha512:') ? 'sha512' : 'sha256'
}

/** The hex part. */
export function digestHex(digest: Digest): string {
  return digest.slice(digest.indexOf(':') + 1)
}

/** The digest of bytes in memory. */
export function digestOf(data: Buffer | string, algorithm: DigestAlgorithm = 'sha256'): Digest {
  return finish(createHash(algorithm).update(data), algorithm)
}

/** A running digest with the count of the bytes it has seen. */
export class Digester {
  size = 0
  readonly #hash: Hash
  readonly #algorithm: DigestAlgorithm

  constructor(algorithm: DigestAlgorithm = 'sha256') {
    this.#algorithm = algorithm
    this.#hash = createHash(algorithm)
  }

  update(chunk: Uint8Array): void {
    this.size += chunk.length
    this.#hash.update(chunk)
  }

  /** Ends the digest; it may be called once. */
  digest(): Digest {
    return finish(this.#hash, this.#algorithm)
  }
}

function finish(hash: Hash, algorithm: DigestAlgorithm): Digest {
  return `${algorithm}:${hash.digest('hex')}` as Digest
}
