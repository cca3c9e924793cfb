/** Memory for bytes on their way: used again, or given back at once. */
import { MessageChannel } from 'node:worker_threads'

/** Allocating and clearing a buffer is a cost of its own. */
export const BUFFER_SIZE = 1024 * 1024
/** More than this many spare ones are left to the garbage collector. */
const MAX_SPARE = 16

const spare: Buffer[] = []

export function takeBuffer(): Buffer {
  return spare.pop() ?? Buffer.allocUnsafeSlow(BUFFER_SIZE)
}

/** Gives a buffer back that nothing refers to any more. */
export function giveBuffer(buffer: Buffer): void {
  if (buffer.length === BUFFER_SIZE && spare.length < MAX_SPARE) spare.push(buffer)
}

/** What is sent into a closed channel is freed (HTML, 9.4.4: it is transferred all the same). */
const { port1: nowhere, port2 } = new MessageChannel()
port2.close()

/**
 * Frees the memory of a piece that came from a connection and that nobody will look at again; it is
 * empty afterwards. Such pieces are allocated one by one, and V8 lets some 40 MB of them gather before
 * it looks for garbage all over the heap. One that shares its memory with others is left as it is.
 */
export function freeNow(piece: Uint8Array): void {
  const memory = piece.buffer
  if (memory instanceof ArrayBuffer && memory.byteLength === piece.length && piece.length > 0) {
    nowhere.postMessage(null, [memory])
  }
}
