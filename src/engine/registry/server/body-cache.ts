/** Small bodies that were asked for lately, in memory up to a limit. */
import type { Digest } from '../../oci/digest'

/** Larger ones are read from the disk each time. */
export const MAX_CACHED_BODY = 128 * 1024
const LIMIT = 24 * 1024 * 1024

export class BodyCache {
  readonly #bodies = new Map<Digest, Buffer>()
  #size = 0

  get(digest: Digest): Buffer | undefined {
    const body = this.#bodies.get(digest)
    // Moved to the end now and then only: to do it each time is a cost of its own.
    if (body && this.#size > LIMIT / 2) {
      this.#bodies.delete(digest)
      this.#bodies.set(digest, body)
    }
    return body
  }

  set(digest: Digest, body: Buffer): void {
    if (body.length > MAX_CACHED_BODY || this.#bodies.has(digest)) return
    // A copy of its own: a slice would keep the buffer that it was received in.
    this.#bodies.set(digest, Buffer.from(body))
    this.#size += body.length
    for (const [oldest, { length }] of this.#bodies) {
      if (this.#size <= LIMIT) return
      this.#bodies.delete(oldest)
      this.#size -= length
    }
  }

  delete(digest: Digest): void {
    this.#size -= this.#bodies.get(digest)?.length ?? 0
    this.#bodies.delete(digest)
  }
}
