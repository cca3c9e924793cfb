import { expect, it } from 'vitest'
import { freeNow } from '../../../src/engine/blob/buffers'

it('frees memory that is a piece’s own, again and again, and leaves what is shared', () => {
  const whole = Buffer.alloc(100_000, 'x')
  const part = whole.subarray(1)
  freeNow(part)
  freeNow(Buffer.alloc(0))
  expect(part.toString('latin1', 0, 3)).toBe('xxx')
  const before = process.memoryUsage().arrayBuffers
  // Far more than would wait for the garbage collector.
  for (let at = 0; at < 4096; at++) freeNow(Buffer.alloc(1024 * 1024))
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024)
  freeNow(whole)
  expect([whole.length, part.length]).toEqual([0, 0])
})
