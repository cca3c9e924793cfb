import { randomBytes } from 'node:crypto'
import { spawnSync } from 'node:child_process'
import { gunzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { gzipped } from '../../../src/engine/image/gzip'
import { streamOf } from './stores'

/** A chunk is only valid until the next one is asked for. */
async function collect(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of stream) parts.push(Buffer.from(part))
  return Buffer.concat(parts)
}

it('packs to what everybody unpacks, the same every time', async () => {
  const text = Buffer.from('what shrinks well. '.repeat(300_000))
  const noise = randomBytes(5_000_000)
  for (const data of [
    Buffer.alloc(0),
    Buffer.from('x'),
    text,
    noise,
    Buffer.concat([noise, text]),
    Buffer.concat([text.subarray(0, 512 * 1024 + 1), noise, text, noise, text]),
  ]) {
    const packed = await collect(gzipped(streamOf(data, 100_003)))
    expect(gunzipSync(packed).equals(data)).toBe(true)
    const { stdout, status } = spawnSync('gzip', ['-dc'], { input: packed, maxBuffer: 1 << 28 })
    expect([status, stdout.equals(data)]).toEqual([0, true])
    expect((await collect(gzipped(streamOf(data, 777_777)))).equals(packed)).toBe(true)
  }
  expect((await collect(gzipped(streamOf(text)))).length).toBeLessThan(text.length / 50)
})

it('hands on what breaks its source', async () => {
  const broken = async function* () {
    yield randomBytes(9_000_000)
    throw new Error('gone')
  }
  await expect(collect(gzipped(broken()))).rejects.toThrow('gone')
})
