import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { importRootfs } from '../../../src/engine/image/import'
import { unpacked } from '../../../src/engine/image/unpack'
import { runsOf, seedOf } from '../../support/seed'
import { directory, source, tarOf } from '../layer/tars'
import { collect, PLATFORM, stores, streamOf, zstd } from './stores'

const seed = seedOf('zstd frames')

const unpack = (bytes: Buffer, step = bytes.length) => collect(unpacked(streamOf(bytes, step)))
const corrupted = (reason = '') =>
  expect.objectContaining({
    code: 'archive_corrupted',
    params: expect.objectContaining({ reason: expect.stringContaining(reason) }),
  })
/** What is small when packed, what is not, and more than one block. */
const noise = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * at * 7919) >> 9))

describe('frames', () => {
  it.each([0, 1, 17, 512, 10_240])(
    'of %i zero bytes come out whole, also behind others',
    async (n) => {
      const zeros = Buffer.alloc(n)
      for (const flag of ['--check', '--no-check']) {
        const small = zstd(zeros, flag)
        const all = Buffer.concat([zstd(noise, flag), small, small, zstd(noise), small])
        for (const step of [1, 7, all.length]) {
          expect((await unpack(small, step)).equals(zeros)).toBe(true)
          const whole = Buffer.concat([noise, zeros, zeros, noise, zeros])
          expect((await unpack(all, step === 1 ? 3 : step)).equals(whole)).toBe(true)
        }
      }
    },
  )

  it('are passed over when they are for others', async () => {
    const note = Buffer.concat([Buffer.from('502a4d1805000000', 'hex'), Buffer.from('notes')])
    const empty = Buffer.from('5f2a4d1800000000', 'hex')
    const bytes = Buffer.concat([zstd(noise), note, empty, zstd(noise), empty])
    for (const step of [5, bytes.length]) {
      expect((await unpack(bytes, step)).equals(Buffer.concat([noise, noise]))).toBe(true)
    }
  })

  it('with a wrong checksum or length are refused', async () => {
    const checked = zstd(noise)
    checked[checked.length - 1] = (checked.at(-1) as number) ^ 1
    await expect(unpack(checked)).rejects.toEqual(corrupted('wrong checksum'))
    // Its length stands behind the magic and the flags.
    const told = zstd(
      Buffer.from('some text, some text, some text'),
      '--no-check',
      '--stream-size=31',
    )
    const at = told.indexOf(31, 5)
    told[at] = 32
    await expect(unpack(told)).rejects.toEqual(corrupted('wrong length'))
  })

  it('that want more memory than there is are told apart from damage', async () => {
    const wide = zstd(Buffer.alloc(1 << 20), '--long=27', '--no-content-size')
    await expect(unpack(wide)).rejects.toMatchObject({ code: 'archive_unsupported' })
  })
})

describe('an import', () => {
  const newStore = stores()
  const options = { reference: 'it:1', message: '', source: '-', changes: [], platform: PLATFORM }

  it('is refused when it was cut', async () => {
    const tar = await tarOf([directory('etc'), source('etc/noise', { content: noise })])
    const packed = zstd(tar)
    const store = await newStore()
    for (const end of [4, 5, 12, 700, packed.length >> 1, packed.length - 4, packed.length - 1]) {
      const cut = streamOf(packed.subarray(0, end), 4096)
      await expect(importRootfs(store, cut, options), `${end}`).rejects.toEqual(corrupted())
    }
    expect(store.images.list()).toEqual([])
  })

  it('is refused when a bit was flipped, or is the same', async () => {
    const tar = await tarOf([source('text', { content: 'a line of text\n'.repeat(999) + noise })])
    const packed = zstd(tar.subarray(0, 40_000))
    await fc.assert(
      fc.asyncProperty(fc.nat(packed.length * 8 - 33), async (at) => {
        const bit = at + 32
        const bytes = Buffer.from(packed)
        bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7))
        const content = await unpack(bytes, 5000).catch((error: unknown) => {
          expect(['archive_corrupted', 'archive_unsupported']).toContain((error as never)['code'])
          return null
        })
        expect(content === null || content.equals(tar.subarray(0, 40_000))).toBe(true)
      }),
      { numRuns: runsOf(1000), seed },
    )
  })
})
