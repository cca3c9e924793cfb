/** A tar that a client sends: kept as it comes, and read on the way. */
import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { LaminaError } from '@shared/errors'
import { freeNow } from '../../blob/buffers'
import { TarScanner } from '../../layer/tar-scanner'
import type { LayerEntry } from '../../layer/types'
import { sniffCompression } from '../../oci/media-types'
import type { LayerChange } from './writable-layer'

/** Entries of one tar: they are in memory together. */
export const MAX_ENTRIES = 150_000

/** @throws LaminaError too_many_files when a tar has more than can be unpacked at once */
export function checkCount(entries: readonly LayerEntry[]): void {
  if (entries.length <= MAX_ENTRIES) return
  throw new LaminaError('too_many_files', { limit: String(MAX_ENTRIES) })
}

/**
 * Appends a tar (plain or gzip) to the layer's data and answers its entries, their offsets in the
 * data file. Names are as they stand in it: `.wh.x` is a file like any other here. The chunks are
 * taken: they are empty afterwards.
 */
export async function readTar(
  tar: AsyncIterable<Buffer>,
  change: Pick<LayerChange, 'append' | 'position'>,
  signal?: AbortSignal,
): Promise<LayerEntry[]> {
  const base = change.position
  const entries: LayerEntry[] = []
  const scanner = new TarScanner({ entry: (entry) => void entries.push(entry) })
  try {
    for await (const chunk of plain(tar)) {
      if (signal?.aborted) throw new LaminaError('cancelled')
      scanner.write(chunk)
      checkCount(entries)
      await change.append(chunk)
      freeNow(chunk)
    }
    scanner.end()
  } catch (error) {
    throw inDockersWords(error)
  }
  for (const entry of entries) entry.offset += base
  return entries
}

async function* plain(tar: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const iterator = tar[Symbol.asyncIterator]()
  let head = Buffer.alloc(0)
  while (head.length < 4) {
    const { value, done } = await iterator.next()
    if (done) break
    head = Buffer.concat([head, value])
  }
  const whole = Readable.from(
    (async function* () {
      if (head.length > 0) yield head
      for (;;) {
        const { value, done } = await iterator.next()
        if (done) return
        yield value
      }
    })(),
    { objectMode: false },
  )
  if (sniffCompression(head) !== 'gzip') {
    yield* whole as AsyncIterable<Buffer>
    return
  }
  const gunzip = createGunzip({ chunkSize: 256 * 1024 })
  // Errors of both sides come out of the loop over the last stream.
  pipeline(whole, gunzip, () => undefined)
  yield* gunzip as AsyncIterable<Buffer>
}

function inDockersWords(error: unknown): unknown {
  const damaged =
    (error instanceof LaminaError && error.code === 'archive_corrupted') ||
    (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_'))
  if (!damaged) return error
  const reason = error instanceof LaminaError ? (error.params.reason ?? '') : String(error)
  const docker = 'Error processing tar file(exit status 1): unexpected EOF'
  return new LaminaError('archive_corrupted', { name: 'tar', reason, docker }, { cause: error })
}
