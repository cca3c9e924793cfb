/** Buffers of 1 MiB that are used again: allocating and clearing them is a cost of its own. */

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
