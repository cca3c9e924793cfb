/** The files of a tar that comes as a stream, one after another, their contents as streams. */
import type { ByteStream } from '../blob/blob-store'
import { corrupted } from '../layer/tar-fields'
import { TarScanner } from '../layer/tar-scanner'
import type { LayerEntry } from '../layer/types'

export interface TarFile {
  entry: LayerEntry
  /** Its content; what is not read of it is passed over. */
  body: ByteStream
}

type Event = { entry: LayerEntry } | { data: Buffer } | 'end'

/**
 * Reads a tar file by file. `onBytes` hears how far the tar has been read. Throws
 * `archive_corrupted` for a damaged or a cut one, and what the stream throws.
 */
export async function* tarFiles(
  stream: ByteStream,
  onBytes?: (position: number) => void,
): AsyncGenerator<TarFile, void, undefined> {
  // What one chunk holds is queued; the next chunk is read when the queue is empty.
  const queue: Event[] = []
  const scanner = new TarScanner({
    entry: (entry) => queue.push({ entry }),
    data: (data) => queue.push({ data }),
    entryEnd: () => queue.push('end'),
  })
  const chunks = stream[Symbol.asyncIterator]()
  const next = async (): Promise<Event | null> => {
    while (queue.length === 0) {
      const chunk = await chunks.next()
      if (chunk.done) {
        if (!scanner.ended) throw corrupted('it ends too early')
        return null
      }
      scanner.write(chunk.value)
      onBytes?.(scanner.position)
    }
    return queue.shift() ?? null
  }
  async function* contents(): ByteStream {
    for (let event = await next(); event !== 'end'; event = await next()) {
      if (event === null) throw corrupted('it ends too early')
      if ('data' in event) yield event.data
    }
  }
  try {
    for (let event = await next(); event !== null; event = await next()) {
      if (event === 'end' || 'data' in event) continue // content that nobody read
      yield { entry: event.entry, body: contents() }
    }
  } finally {
    await chunks.return?.()
  }
}
