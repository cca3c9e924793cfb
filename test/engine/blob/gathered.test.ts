import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { freeNow } from '../../../src/engine/blob/buffers'
import { gathered } from '../../../src/engine/blob/gathered'

const PIECE = 256 * 1024

function parts(total: number): Buffer[] {
  const list: Buffer[] = []
  for (let size = 1, left = total; left > 0; size = (size * 7) % 70_001) {
    // Each with memory of its own, as from a connection.
    const part = Buffer.from(new ArrayBuffer(Math.min(size, left))).fill(list.length % 251)
    list.push(part)
    left -= part.length
  }
  return list
}

/** Writes as many bytes, no faster than they are taken, and ends the stream. */
function feed(stream: PassThrough, total: number): void {
  void (async () => {
    for (const part of parts(total))
      if (!stream.write(part)) await new Promise((resolve) => stream.once('drain', resolve))
    stream.end()
  })()
}

it('hands on the same bytes in pieces of one size, to one who is slow too', async () => {
  const whole = Buffer.concat(parts(3 * PIECE + 17))
  const stream = new PassThrough()
  feed(stream, 3 * PIECE + 17)
  const pieces: Buffer[] = []
  for await (const piece of gathered(stream)) {
    pieces.push(piece)
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(pieces.map(({ length }) => length)).toEqual([PIECE, PIECE, PIECE, 17])
  expect(Buffer.concat(pieces).equals(whole)).toBe(true)
})

it('goes on when pieces are freed as soon as they are there', async () => {
  const stream = new PassThrough()
  const pieces = gathered(stream)
  let bytes = 0
  for (let count = 0; count < 5; count++) {
    stream.write(Buffer.alloc(PIECE))
    const { value } = await pieces.next()
    bytes += (value as Buffer).length
    freeNow(value as Buffer)
    expect(value).toHaveLength(0)
  }
  stream.end(Buffer.alloc(5))
  for await (const piece of pieces) bytes += piece.length
  expect(bytes).toBe(5 * PIECE + 5)
})

it('uses memory again only when two more pieces have been asked for', async () => {
  const whole = Buffer.concat(parts(20 * PIECE))
  const stream = new PassThrough()
  const pieces = gathered(stream, { reuse: true })
  feed(stream, 20 * PIECE)
  const memory = new Set<ArrayBufferLike>()
  let before: Buffer | null = null
  let at = 0
  for await (const piece of pieces) {
    await new Promise((resolve) => setTimeout(resolve, 2)) // more comes meanwhile
    if (before) expect(before.equals(whole.subarray(at - PIECE, at))).toBe(true)
    expect(piece.equals(whole.subarray(at, at + PIECE))).toBe(true)
    before = piece
    at += piece.length
    memory.add(piece.buffer)
  }
  expect(at).toBe(whole.length)
  expect(memory.size).toBeLessThan(8)
})

it('holds the sender back while nobody asks', async () => {
  const stream = new PassThrough()
  const pieces = gathered(stream)
  stream.write(Buffer.alloc(10))
  const first = pieces.next()
  let written = 0
  while (stream.write(Buffer.alloc(60_000)) || written < 2 * PIECE) {
    written += 60_000
    await new Promise((resolve) => setImmediate(resolve))
    if (written > 100 * PIECE) break
  }
  expect((await first).value).toHaveLength(PIECE)
  expect(written).toBeLessThan(20 * PIECE)
  await pieces.return(undefined)
})

it('ends with what was there before, and with nothing of a body that was read', async () => {
  const empty = new PassThrough()
  empty.end()
  for await (const piece of gathered(empty)) expect(piece).toBeNull()
  for await (const piece of gathered(empty)) expect(piece).toBeNull()
  expect(empty.readableEnded).toBe(true)
})

it('fails when the sender breaks off', async () => {
  const stream = new PassThrough()
  const pieces = gathered(stream)
  const next = pieces.next()
  stream.write('half')
  stream.destroy()
  expect((await next).value?.toString()).toBe('half')
  await expect(pieces.next()).rejects.toThrow('aborted')
  await expect(gathered(stream).next()).rejects.toThrow('aborted')
})

it('lets the sender end when it is left early', async () => {
  const stream = new PassThrough()
  for (const part of parts(2 * PIECE)) stream.write(part)
  for await (const piece of gathered(stream)) {
    expect(piece).toHaveLength(PIECE)
    break
  }
  stream.end(Buffer.alloc(PIECE))
  await new Promise((resolve) => stream.once('end', resolve))
})
