import { expect, it } from 'vitest'
import {
  duration,
  quoted,
  quotedHealthcheck,
  quotedList,
} from '../../../src/engine/build/go-format'

// What Go's fmt prints for %q.
it.each([
  ['a"b\\c', '"a\\"b\\\\c"'],
  ['\t\n\r', '"\\t\\n\\r"'],
  ['\u0007\u000b\u0001\u007f', '"\\a\\v\\x01\\x7f"'],
  ['\\u0001', '"\\\\u0001"'],
  ['日本', '"日本"'],
])('quotes %j', (text, expected) => expect(quoted(text)).toBe(expected))

it('prints lists and healthchecks as Go does', () => {
  expect(quotedList(null)).toBe('[]')
  expect(quotedList(['a', 'b c'])).toBe('["a" "b c"]')
  expect(quotedHealthcheck({ Test: ['NONE'] })).toBe(`&{["NONE"] "0s" "0s" "0s" '\\x00'}`)
  expect(quotedHealthcheck({ Test: ['CMD', 'x'], Interval: 9e10, Retries: 65 })).toBe(
    `&{["CMD" "x"] "1m30s" "0s" "0s" 'A'}`,
  )
})

it.each([
  [0, '0s'],
  [1.5e9, '1.5s'],
  [15e8, '1.5s'],
  [2e6, '2ms'],
  [7.2e12, '2h0m0s'],
  [9e10, '1m30s'],
])('prints %i ns as %s', (value, text) => expect(duration(value)).toBe(text))
