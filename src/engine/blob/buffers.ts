/** Memory for bytes on their way: used again, or given back at once. */
import { MessageChannel } from 'node:worker_threads'

/** Allocating and clearing a buffer is a cost of its own. */
export const BUFFER_SIZE = 1024 * 1024
/** That are kept to be used again; further ones are left to the garbage collector. */
const KEPT = 16

/**
 * Where a write past the page cache may begin, in the file and in memory. What Node allocates begins
 * behind a header of its own; the memory of WebAssembly begins at a page. It takes memory when used.
 */
export const ALIGNMENT = 4096
const WASM_PAGE = 64 * 1024
/** Node's types name it without its value. */
declare const WebAssembly: {
  Memory: new (pages: { initial: number; maximum: number }) => { buffer: ArrayBuffer }
}
const aligned = new WebAssembly.Memory({
  initial: (KEPT * BUFFER_SIZE) / WASM_PAGE,
  maximum: (KEPT * BUFFER_SIZE) / WASM_PAGE,
}).buffer

const spare: Buffer[] = []
for (let at = aligned.byteLength - BUFFER_SIZE; at >= 0; at -= BUFFER_SIZE)
  spare.push(Buffer.from(aligned, at, BUFFER_SIZE))

/** An aligned one as long as there are such. */
export function takeBuffer(): Buffer {
  return spare.pop() ?? Buffer.allocUnsafeSlow(BUFFER_SIZE)
}

/** Gives a buffer back that nothing refers to any more. */
export function giveBuffer(buffer: Buffer): void {
  if (buffer.length === BUFFER_SIZE && buffer.buffer === aligned) spare.push(buffer)
}

/** Whether its memory may be written past the page cache. */
export function isAligned(data: Uint8Array): boolean {
  return (
    data.buffer === aligned && data.byteOffset % ALIGNMENT === 0 && data.length % ALIGNMENT === 0
  )
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
