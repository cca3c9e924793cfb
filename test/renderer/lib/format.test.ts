import { describe, expect, it } from 'vitest'
import {
  formatAgo,
  formatBytes,
  formatDateTime,
  formatDuration,
  formatMode,
  percentOf,
  shortenIds,
  shortId,
} from '@/lib/format'

describe('formatBytes', () => {
  // What `docker images` printed for these sizes, with a space before the unit.
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1 kB'],
    [1234, '1.23 kB'],
    [71_500_000, '71.5 MB'],
    [999_999, '1 MB'],
    [1_340_000_000, '1.34 GB'],
    [316_123_456, '316 MB'],
  ])('writes %i as %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text))

  it('takes more digits for progress', () => expect(formatBytes(31_234_567, 4)).toBe('31.23 MB'))
})

describe('formatAgo', () => {
  const now = Date.UTC(2026, 10, 21)
  const hour = 3_600_000
  it.each([
    [3 * hour, '3 hours ago', '3 小时前'],
    [26 * hour, 'yesterday', '昨天'],
    [40 * 24 * hour, 'last month', '上个月'],
    [800 * 24 * hour, '2 years ago', '2 年前'],
    [0, 'now', '现在'],
  ])('tells %i ms in both languages', (past, en, zh) => {
    expect(formatAgo(now - past, now, 'en')).toBe(en)
    expect(formatAgo(now - past, now, 'zh-CN')).toBe(zh)
  })

  it('tells the beginning of time as a date', () => {
    expect(formatAgo(0, now, 'en')).toMatch(/19(69|70)/)
  })
})

describe('formatMode', () => {
  it.each([
    [0o644, 'rw-r--r--'],
    [0o755, 'rwxr-xr-x'],
    [0o4755, 'rwsr-xr-x'],
    [0o2750, 'rwxr-s---'],
    [0o1777, 'rwxrwxrwt'],
    [0o4644, 'rwSr--r--'],
    [0o1666, 'rw-rw-rwT'],
  ])('writes %o as %s', (mode, text) => expect(formatMode(mode)).toBe(text))
})

it('shortens ids and digests as docker does', () => {
  expect(shortId(`sha256:${'0123456789ab'.padEnd(64, 'f')}`)).toBe('0123456789ab')
  expect(shortId('0123456789abcdef')).toBe('0123456789ab')
  const id = '0123456789ab'.padEnd(64, 'f')
  expect(shortenIds(`sha256:${id} #2`)).toBe('0123456789ab #2')
  expect(shortenIds('debian:12, 0123456789abcdef')).toBe('debian:12, 0123456789abcdef')
})

it('tells durations', () => {
  expect([400, 12_300, 185_000].map(formatDuration)).toEqual(['0.4 s', '12 s', '3 min 05 s'])
})

it('writes times the same in both languages', () => {
  expect(formatDateTime(new Date(2026, 0, 2, 3, 4, 5).getTime())).toBe('2026-01-02 03:04:05')
})

it('adds up the percent of what has a total', () => {
  expect(percentOf([])).toBeNull()
  expect(percentOf([{ done: 5, total: null }])).toBeNull()
  expect(
    percentOf([
      { done: 50, total: 100 },
      { done: 400, total: 300 },
      { done: 9, total: null },
    ]),
  ).toBe(87)
})
