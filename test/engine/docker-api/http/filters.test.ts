import { expect, it } from 'vitest'
import { Filters } from '../../../../src/engine/docker-api/http/filters'
import { pathPattern } from '../../../../src/engine/docker-api/path-match'
import { goFileMode } from '../../../../src/engine/docker-api/shapes/file-mode'
import { parseMoment } from '../../../../src/engine/docker-api/time'

it('reads both forms of filters and refuses others', () => {
  const lists = Filters.parse('{"label":["a=b","c"],"dangling":["true"]}', ['label', 'dangling'])
  expect(lists.get('label')).toEqual(['a=b', 'c'])
  expect(lists.boolean('dangling')).toBe(true)
  expect(lists.labels('label', { a: 'b', c: '' })).toBe(true)
  expect(lists.labels('label', { a: 'x', c: '' })).toBe(false)
  expect(lists.labels('label', null)).toBe(false)
  const maps = Filters.parse('{"name":{"^web":true}}', ['name'])
  expect(maps.match('name', 'web1')).toBe(true)
  expect(maps.match('name', 'a-web')).toBe(false)
  expect(maps.exact('other', 'anything')).toBe(true)
  expect(() => Filters.parse('{"foo":["x"]}', ['name'])).toThrow("Invalid filter 'foo'")
  expect(() => Filters.parse('x', [])).toThrow('invalid filter')
  expect(() => Filters.parse('{"a":1}', ['a'])).toThrow('invalid filter')
  expect(() => Filters.parse('{"a":["maybe"]}', ['a']).boolean('a')).toThrow('Invalid filter')
})

it.each([
  ['busy*', 'busybox', true],
  ['busy*', 'busybox:latest', true],
  ['*', 'a/b', false],
  ['*/b:?', 'a/b:1', true],
  ['[a-c]x', 'bx', true],
  ['[^a]x', 'ax', false],
  ['a\\*', 'a*', true],
  ['[', '[', false],
  ['a.b', 'axb', false],
])('path.Match %s against %s', (pattern, text, expected) => {
  expect(pathPattern(pattern)?.test(text) ?? false).toBe(expected)
})

it("writes Go's file modes", () => {
  expect(goFileMode({ type: 'directory', mode: 0o755 })).toBe(2147484141)
  expect(goFileMode({ type: 'symlink', mode: 0o777 })).toBe(134218239)
  expect(goFileMode({ type: 'file', mode: 0o4755 })).toBe(8389101)
})

it('reads times and spans', () => {
  expect(parseMoment('1700000000')).toBe(1_700_000_000_000)
  expect(parseMoment('2026-01-02T03:04:05Z')).toBe(Date.UTC(2026, 0, 2, 3, 4, 5))
  expect(Date.now() - parseMoment('1h30m')).toBeGreaterThan(5_399_000)
  expect(() => parseMoment('soon')).toThrow('failed to parse value as time or duration')
})
