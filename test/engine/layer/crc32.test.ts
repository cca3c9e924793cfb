import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { crc32, plainCrc32 } from '../../../src/engine/layer/crc32'

it.each([crc32, plainCrc32])('is the CRC-32 of zip and gzip', (sum) => {
  // The check value of the algorithm (ITU-T V.42; "CRC-32/ISO-HDLC").
  expect(sum(Buffer.from('123456789'))).toBe(0xcbf43926)
  expect(sum(Buffer.alloc(0))).toBe(0)
})

it('is the same, whichever of the two makes it', () => {
  for (let length = 0; length < 40; length++) {
    const bytes = randomBytes(length)
    expect(plainCrc32(bytes)).toBe(crc32(bytes))
  }
})
