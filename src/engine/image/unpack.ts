/** A stream without its packing (plain, gzip or zstd by its first bytes), as it is pulled. */
import { pipeline, Readable } from 'node:stream'
import { createGunzip, type Gunzip } from 'node:zlib'
import { LaminaError } from '@shared/errors'
import type { ByteStream } from '../blob/blob-store'
import { GUNZIP_CHUNK, HEAD, packingOf } from './unpacker'
import { ZstdStream } from './zstd'

/**
 * Throws `archive_corrupted` when the packing is damaged or cut short. With `reuse` the stream's chunks
 * are valid as long as BlobStore.open says, and so are these.
 */
export async function* unpacked(stream: ByteStream, { reuse = false } = {}): ByteStream {
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
  const compression = packingOf(Buffer.concat(head).subarray(0, HEAD))
  if (compression === 'none') yield* whole
  else if (compression === 'gzip') yield* gunzipped(reuse ? copied(whole) : whole)
  else yield* unzstd(whole)
}

async function* replay(head: Buffer[], source: AsyncIterator<Buffer>): ByteStream {
  try {
    yield* head
    for (let next = await source.next(); !next.done; next = await source.next()) yield next.value
  } finally {
    await source.return?.()
  }
}

/** Chunks that may be kept. */
async function* copied(stream: ByteStream): ByteStream {
  for await (const chunk of stream) yield Buffer.from(chunk)
}

async function* unzstd(stream: ByteStream): ByteStream {
  let pieces: Buffer[] = []
  const decoder = await ZstdStream.create((piece) => pieces.push(piece))
  for await (const chunk of stream) {
    const steps = decoder.push(chunk)
    while (!steps.next().done) {
      const ready = pieces
      pieces = []
      yield* ready
    }
  }
  decoder.end()
}

async function* gunzipped(stream: ByteStream): ByteStream {
  const gunzip: Gunzip = createGunzip({ chunkSize: GUNZIP_CHUNK })
  let failure: unknown
  pipeline(Readable.from(stream, { objectMode: true, highWaterMark: 2 }), gunzip, (error) => {
    failure = error ?? undefined
  })
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) yield chunk
  } catch (error) {
    const cause = failure ?? error
    if (cause instanceof LaminaError) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new LaminaError('archive_corrupted', { name: 'tar', reason }, { cause })
  } finally {
    gunzip.destroy()
  }
}
