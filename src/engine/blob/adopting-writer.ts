/** A blob whose file is there already: what is written is hashed, and the file linked in its place. */
import { LaminaError } from '@shared/errors'
import { Digester, digestAlgorithm, type Digest } from '../oci/digest'
import type { BlobInfo, BlobStore, BlobWriter, Lease } from './blob-store'

export class AdoptingWriter implements BlobWriter {
  readonly #digester: Digester
  #open = true

  constructor(
    private readonly blobs: Pick<BlobStore, 'adopt'>,
    private readonly from: { path: string; digest: Digest; size: number | undefined },
    private readonly lease: Lease,
  ) {
    this.#digester = new Digester(digestAlgorithm(from.digest))
  }

  get size(): number {
    return this.#digester.size
  }

  async write(chunk: Uint8Array): Promise<void> {
    if (!this.#open) throw new Error('write to a blob that is closed')
    this.#digester.update(chunk)
  }

  async commit(): Promise<BlobInfo> {
    this.#open = false
    const { path, digest, size } = this.from
    const found = this.#digester.digest()
    if (found !== digest || (size !== undefined && size !== this.size)) {
      throw new LaminaError('digest_mismatch', {}, { cause: found })
    }
    // Its bytes have just been read: those of the file, which is never written again.
    return this.blobs.adopt(path, digest, { lease: this.lease, verify: false })
  }

  async cancel(): Promise<void> {
    this.#open = false
  }
}
