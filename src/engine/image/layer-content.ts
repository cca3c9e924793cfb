/** The content of one file of a layer: a stretch of its tar, holes filled with zeros. */
import type { ByteStream } from '../blob/blob-store'
import type { LayerEntry } from '../layer/types'

const ZEROS = Buffer.alloc(256 * 1024)

/** Reads `start` to before `end` of the tar. */
export type ReadTar = (start: number, end: number) => Promise<ByteStream>

/** `start` and `end` count in the file as one sees it, holes and all. */
export async function* fileContent(
  entry: LayerEntry,
  read: ReadTar,
  { start = 0, end = entry.size }: { start?: number; end?: number } = {},
): ByteStream {
  const last = Math.min(end, entry.size)
  let at = start
  let stored = entry.offset
  for (const { offset, length } of entry.sparse ?? [{ offset: 0, length: entry.stored }]) {
    if (at >= last) return
    const chunkEnd = offset + length
    if (chunkEnd > at) {
      yield* zeros(Math.min(offset, last) - at)
      at = Math.max(at, Math.min(offset, last))
      const upTo = Math.min(chunkEnd, last)
      if (upTo > at) yield* await read(stored + (at - offset), stored + (upTo - offset))
      at = Math.max(at, upTo)
    }
    stored += length
  }
  yield* zeros(last - at)
}

function* zeros(count: number): Generator<Buffer> {
  for (let left = count; left > 0; left -= ZEROS.length)
    yield left < ZEROS.length ? ZEROS.subarray(0, left) : ZEROS
}
