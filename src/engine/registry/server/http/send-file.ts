/** A file as the body of an answer: a read loop over two buffers, one read while the other is sent. */
import { open, type FileHandle } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'

const SIZE = 512 * 1024
/** More than this many spare ones are left to the garbage collector. */
const MAX_SPARE = 16
const spare: Buffer[] = []

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
  const buffers = [take(), take()] as const
  const sent: [Promise<void>, Promise<void>] = [Promise.resolve(), Promise.resolve()]
  const connection = closeOf(res)
  try {
    let turn: 0 | 1 = 0
    for (let at = start; at <= end; turn = turn === 0 ? 1 : 0) {
      await Promise.race([sent[turn], connection.closed])
      if (res.destroyed) return false
      const length = Math.min(SIZE, end + 1 - at)
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
    // A buffer that the kernel may still read from is not used again.
    if (!res.destroyed) give(buffers)
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

function take(): Buffer {
  return spare.pop() ?? Buffer.allocUnsafeSlow(SIZE)
}

function give(buffers: readonly Buffer[]): void {
  for (const buffer of buffers) if (spare.length < MAX_SPARE) spare.push(buffer)
}
