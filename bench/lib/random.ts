/** Bytes that are the same on every machine: noise, and text that packs like text. */
import { createCipheriv, createHash } from 'node:crypto'

/** Numbers from 0 to before 2^32, the same ones for the same seed (mulberry32). */
export function numbers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
}

/** Bytes that no packer makes smaller. */
export function noise(seed: string, length: number): Buffer {
  const key = createHash('sha256').update(seed).digest().subarray(0, 16)
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length))
}

/**
 * A writer of lines that repeat: the fewer `lines` there are to choose from, the smaller they pack.
 * Each call answers so many bytes, which are the writer's until the next call.
 */
export function writer(seed: number, lines: number): (length: number) => Buffer {
  const next = numbers(seed)
  const word = () => (next() % 36 ** 4).toString(36)
  const pool = Array.from({ length: lines }, () =>
    Buffer.from(`${Array.from({ length: 6 + (next() % 8) }, word).join(' ')}\n`),
  )
  let page = Buffer.alloc(0)
  return (length) => {
    if (page.length < length) page = Buffer.alloc(length)
    for (let at = 0; at < length;)
      at += (pool[next() % lines] as Buffer).copy(page, at, 0, length - at)
    return page.subarray(0, length)
  }
}
