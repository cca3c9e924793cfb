/** Which blobs are in use although nothing that is written refers to them yet. */
import type { Digest } from '../oci/digest'
import type { Lease } from './blob-store'

export class Leases {
  readonly #counts = new Map<Digest, number>()

  create(): Lease {
    const digests = new Set<Digest>()
    const counts = this.#counts
    return {
      digests,
      add(digest) {
        if (digests.has(digest)) return
        digests.add(digest)
        counts.set(digest, (counts.get(digest) ?? 0) + 1)
      },
      release() {
        for (const digest of digests) {
          const count = counts.get(digest) ?? 0
          if (count > 1) counts.set(digest, count - 1)
          else counts.delete(digest)
        }
        digests.clear()
      },
    }
  }

  has(digest: Digest): boolean {
    return this.#counts.has(digest)
  }
}
