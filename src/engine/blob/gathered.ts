/** A stream's small parts as pieces of one size: a part costs more than the bytes in it. */
import type { Readable } from 'node:stream'
import { freeNow } from './buffers'

/** Bytes of a piece. */
const PIECE = 256 * 1024
/** Pieces that may wait for the one who asks. */
const AHEAD = 2
/** Pieces that are valid at the same time where memory is used again. */
const LENT = 2

/**
 * The bytes of `stream`, which nobody else reads. Left early, the rest is read and dropped, so that
 * its sender gets to see the answer. `reuse`: as BlobStore.open. Throws what the stream throws, and
 * that it broke off, behind the bytes that came before.
 */
export async function* gathered(
  stream: Readable,
  { reuse = false }: { reuse?: boolean } = {},
): AsyncGenerator<Buffer> {
  const ready: Buffer[] = []
  const lent: Buffer[] = []
  const spare: Buffer[] = []
  let piece: Buffer = Buffer.alloc(0)
  let filled = 0
  let ended = false
  let failure: Error | null = null
  let wake = () => {}

  const take = (part: Buffer) => {
    for (let at = 0; at < part.length;) {
      if (filled === 0) piece = spare.pop() ?? Buffer.allocUnsafeSlow(PIECE)
      const copied = part.copy(piece, filled, at)
      filled += copied
      at += copied
      if (filled < PIECE) continue
      // It belongs to the one who gets it, who may free it at once.
      ready.push(piece)
      filled = 0
    }
    freeNow(part)
    if (ready.length >= AHEAD) stream.pause()
    if (ready.length > 0) wake()
  }
  const handRest = () => {
    if (filled > 0) ready.push(piece.subarray(0, filled))
    filled = 0
    wake()
  }
  const end = () => {
    ended = true
    handRest()
  }
  const fail = (error: Error) => {
    failure ??= error
    // It is of use: one who asks again goes on behind it.
    handRest()
  }
  const close = () => {
    if (!ended) fail(new Error('aborted'))
  }
  stream.on('data', take).once('end', end).on('error', fail).once('close', close)
  try {
    ended = stream.readableEnded
    if (stream.destroyed) close()
    for (;;) {
      const next = ready.shift()
      if (next) {
        if (ready.length < AHEAD) stream.resume()
        if (reuse) {
          lent.push(next)
          const done = lent.length > LENT ? lent.shift() : null
          if (done?.length === PIECE) spare.push(done)
        }
        yield next
      } else if (failure) throw failure as Error
      else if (ended) return
      else await new Promise<void>((resolve) => (wake = resolve))
    }
  } finally {
    stream.off('data', take).off('end', end).off('close', close)
    stream.resume()
  }
}
