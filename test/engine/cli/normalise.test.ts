import { describe, expect, it } from 'vitest'
import { createNormaliser, maskRandomNames } from './harness/normalise'

const CHANCE = 'a1b2c3d4e5f6'.padEnd(64, '7')
const OTHER = 'f6e5d4c3b2a1'.padEnd(64, '8')
const FIXED = '0123456789ab'.padEnd(64, 'c')

function fresh() {
  return createNormaliser({
    words: [
      ['/tmp/x', '<dir>'],
      ['/tmp/x/root', '<root>'],
    ],
    stable: new Set([FIXED]),
  })
}

describe('what two engines may say differently', () => {
  it('numbers ids made by chance in the order in which they are seen, long and short alike', () => {
    const { text } = fresh()
    expect(text(`sha256:${CHANCE} ${OTHER.slice(0, 12)}`)).toBe('sha256:<id 1> <id 2 short>')
    expect(text(`${OTHER} ${CHANCE.slice(0, 12)}`)).toBe('<id 2> <id 1 short>')
  })

  it('keeps digests that follow from the inputs', () => {
    expect(fresh().text(`${FIXED} ${FIXED.slice(0, 12)}`)).toBe(`${FIXED} ${FIXED.slice(0, 12)}`)
  })

  it('replaces times near now and keeps others', () => {
    const { text, json } = fresh()
    const now = new Date().toISOString()
    expect(text(`${now} 2021-03-04T05:06:07Z`)).toBe('<now> 2021-03-04T05:06:07Z')
    expect(text(`${now.slice(0, 19).replace('T', ' ')} +0000 UTC`)).toBe('<now>')
    expect(text('5 seconds ago, 4 years ago')).toBe('<a while> ago, 4 years ago')
    expect(json([Math.floor(Date.now() / 1000), 1_600_000_000, 42])).toEqual([
      '<now>',
      1_600_000_000,
      42,
    ])
  })

  it('replaces folders, the longest first', () => {
    expect(fresh().text('/tmp/x/root/a /tmp/x/b')).toBe('<root>/a <dir>/b')
  })

  it('orders lists without letting chance decide', () => {
    const items = [`${CHANCE} b`, `${OTHER} a`]
    expect(fresh().list(items)).toEqual(['<id 1> a', '<id 2> b'])
    expect(fresh().json({ RepoTags: ['b', 'a'], Cmd: ['b', 'a'] })).toEqual({
      RepoTags: ['a', 'b'],
      Cmd: ['b', 'a'],
    })
  })

  it('lets a shortened id stand for its id', () => {
    const { text, alias } = fresh()
    alias('a1b2', CHANCE)
    expect(text(`${CHANCE} a1b2`)).toBe('<id 1> <1>')
  })

  it('masks names made by chance, when asked to', () => {
    expect(maskRandomNames('/quirky_turing3 no_proxy')).toBe('/<a name> no_proxy')
  })

  it('still tells different things apart', () => {
    const { text } = fresh()
    expect(text('3.13kB')).not.toBe(text('3.14kB'))
    expect(text(CHANCE)).not.toBe(text(OTHER))
  })
})
