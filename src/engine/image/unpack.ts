/** An outer stream without its packing: plain, gzip or zstd by its first bytes. */
import { pipeline, Readable, Transform, type TransformCallback } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { Decompress } from 'fzstd'
import { LaminaError } from '@shared/errors'
import type { ByteStream } from '../blob/blob-store'
import { sniffCompression } from '../oci/media-types'

/** Node's default of 16 KiB is half as fast. */
const CHUNK = 256 * 1024
const HEAD = 4

/** Throws `archive_corrupted` when the packing is damaged or cut short. */
export async function* unpacked(stream: ByteStream): ByteStream {
  const source = stream[Symbol.asyncIterator]()
  const head: Buffer[] = []
  let size = 0
  while (size < HEAD) {
    const { done, value } = await source.next()
    if (done) break
    head.push(value)
    size += value.length
  }
  const whole = replay(head, source)
  const compression = sniffCompression(Buffer.concat(head).subarray(0, HEAD))
  if (compression === 'none') yield* whole
  else yield* through(whole, compression === 'gzip' ? gunzip() : new ZstdTransform())
}

async function* replay(head: Buffer[], source: AsyncIterator<Buffer>): ByteStream {
  try {
    yield* head
    for (let next = await source.next(); !next.done; next = await source.next()) yield next.value
  } finally {
    await source.return?.()
  }
}

function gunzip(): Transform {
  return createGunzip({ chunkSize: CHUNK })
}

async function* through(stream: ByteStream, transform: Transform): ByteStream {
  let failure: unknown
  pipeline(Readable.from(stream, { objectMode: true, highWaterMark: 2 }), transform, (error) => {
    failure = error ?? undefined
  })
  try {
    for await (const chunk of transform as AsyncIterable<Buffer>) yield chunk
  } catch (error) {
    const cause = failure ?? error
    if (cause instanceof LaminaError) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new LaminaError('archive_corrupted', { name: 'tar', reason }, { cause })
  } finally {
    transform.destroy()
  }
}

/** fzstd believes a wrong checksum, so that the digest of what comes out decides. */
class ZstdTransform extends Transform {
  readonly #decoder = new Decompress((chunk) => {
    if (chunk.length > 0) this.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length))
  })

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    this.#run(() => this.#decoder.push(chunk), done)
  }

  override _flush(done: TransformCallback): void {
    this.#run(() => this.#decoder.push(new Uint8Array(0), true), done)
  }

  #run(work: () => void, done: TransformCallback): void {
    try {
      work()
      done()
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)))
    }
  }
}
