/** A file as the body of an answer: a read loop over two buffers, one read while the other is sent. */
import { open, type FileHandle } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'

/**
 * Of a large body so much is on its way at once: a quarter more of it a second than with a fourth, for
 * the turns between the threads are what costs.
 */
const LARGE = 2 * 1024 * 1024
const SMALL = 512 * 1024
/** Four bodies at a time get large ones; more are content with small ones. */
const MAX_LARGE = 8
/** Bytes of spare ones; what is more is left to the garbage collector. */
const MAX_SPARE = 8 * 1024 * 1024
const spare: { large: Buffer[]; small: Buffer[] } = { large: [], small: [] }
let largeInUse = 0

/**
 * Sends the bytes from `start` to `end` (inclusive) and ends the answer, whose head is made by `begin`
 * once the file is open. An answer that cannot be finished is cut off, which a client sees by its
 * length. Throws what opening the file throws.
 */
export async function sendFile(
  res: ServerResponse,
  path: string,
  range: { start: number; end: number },
  begin: () => void,
): Promise<void> {
  const handle = await open(path, 'r')
  try {
    begin()
    if (await pump(res, handle, range)) res.end()
    else res.destroy()
  } finally {
    await handle.close()
  }
}

/** False: the client went away, or the file is shorter than it should be. */
async function pump(
  res: ServerResponse,
  handle: FileHandle,
  { start, end }: { start: number; end: number },
): Promise<boolean> {
  const size = sizeFor(end + 1 - start)
  const buffers = [take(size), take(size)] as const
  const sent: [Promise<void>, Promise<void>] = [Promise.resolve(), Promise.resolve()]
  const connection = closeOf(res)
  try {
    let turn: 0 | 1 = 0
    for (let at = start; at <= end; turn = turn === 0 ? 1 : 0) {
      await Promise.race([sent[turn], connection.closed])
      if (res.destroyed) return false
      const length = Math.min(size, end + 1 - at)
      const { bytesRead } = await handle.read(buffers[turn], 0, length, at)
      if (bytesRead === 0 || res.destroyed) return false
      at += bytesRead
      const part = buffers[turn].subarray(0, bytesRead)
      sent[turn] = new Promise((resolve) => res.write(part, () => resolve()))
    }
    await Promise.race([Promise.all(sent), connection.closed])
    return !res.destroyed
  } finally {
    connection.forget()
    if (size === LARGE) largeInUse -= buffers.length
    // A buffer that the kernel may still read from is not used again.
    if (!res.destroyed) for (const buffer of buffers) give(buffer, size)
  }
}

function closeOf(res: ServerResponse): { closed: Promise<void>; forget: () => void } {
  let onClose: () => void = () => undefined
  const closed = new Promise<void>((resolve) => {
    onClose = () => resolve()
    res.once('close', onClose)
  })
  return { closed, forget: () => res.off('close', onClose) }
}

function sizeFor(length: number): number {
  return length > SMALL && largeInUse < MAX_LARGE ? LARGE : SMALL
}

function spareOf(size: number): Buffer[] {
  return size === LARGE ? spare.large : spare.small
}

function take(size: number): Buffer {
  if (size === LARGE) largeInUse++
  return spareOf(size).pop() ?? Buffer.allocUnsafeSlow(size)
}

function give(buffer: Buffer, size: number): void {
  const spares = spareOf(size)
  if (spares.length * size < MAX_SPARE) spares.push(buffer)
}
