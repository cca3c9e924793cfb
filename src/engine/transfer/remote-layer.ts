/** A layer in a registry: its bytes are fetched when they are read. */
import type { ByteStream } from '../blob/blob-store'
import { unpacked } from '../image/unpack'
import type { Layer, Progress } from '../image/types'
import type { LayerIndex } from '../layer/types'
import type { Digest } from '../oci/digest'
import type { Descriptor } from '../oci/manifest'
import type { RegistryClient } from '../registry/client/client'
import { indexLayer } from './saved-layers'
import { registryError } from '../registry/client/registry-error'

export class RemoteLayer implements Layer {
  constructor(
    private readonly client: RegistryClient,
    private readonly repository: string,
    private readonly described: Descriptor,
    readonly diffId: Digest,
  ) {}

  async descriptor(): Promise<Descriptor> {
    return this.described
  }

  async open({
    start: offset = 0,
    signal,
    reuse = false,
  }: { start?: number; signal?: AbortSignal; reuse?: boolean } = {}): Promise<ByteStream> {
    const { digest, size } = this.described
    return this.client.readBlob(this.repository, digest, { offset, size, signal, reuse })
  }

  async uncompressed({ signal }: { signal?: AbortSignal } = {}): Promise<ByteStream> {
    return unpacked(await this.open(signal ? { signal } : {}))
  }

  /** Throws `digest_mismatch` where the tar is not the one that the config names. */
  async index({
    signal,
    progress,
  }: { signal?: AbortSignal; progress?: Progress } = {}): Promise<LayerIndex> {
    const { size } = this.described
    const stream = await this.open({ reuse: true, ...(signal && { signal }) })
    const layer = await indexLayer(counted(stream, (done) => progress?.(done, size)))
    if (layer?.diffId === this.diffId) return layer.index
    const cause = new Error(`${this.described.digest} is not the layer ${this.diffId}`)
    throw registryError('digest_mismatch', {}, { cause })
  }
}

async function* counted(stream: ByteStream, onBytes: (done: number) => void): ByteStream {
  let done = 0
  for await (const chunk of stream) {
    onBytes((done += chunk.length))
    yield chunk
  }
}
