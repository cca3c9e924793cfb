import { describe, expect, it } from 'vitest'
import { pathMatcher } from '../../../src/engine/lamina-api/trees/match'

describe('pathMatcher', () => {
  it.each([
    ['hosts', 'etc/hosts', true],
    ['HOSTS', 'etc/hosts', true],
    ['/etc/ho', 'etc/hosts', true],
    ['a.b', 'etc/axb', false],
    ['*.so', 'usr/lib/libc.so', true],
    ['*.so', 'usr/lib/libc.so.6', false],
    ['lib?.so*', 'usr/lib/libc.so.6', true],
    ['usr/*.6', 'usr/lib/libc.so.6', true],
    ['lib/*', 'usr/lib/libc', false],
    ['**', 'x', true],
    ['?', 'a/bc', false],
    ['(*)', 'a/(b)', true],
  ])('%s, %s: %s', (query, path, found) => {
    expect(pathMatcher(query)(path)).toBe(found)
  })

  it('is not slowed down by many stars', () => {
    const matches = pathMatcher(`${'*a'.repeat(100)}*b`)
    const started = performance.now()
    expect(matches('a'.repeat(4000))).toBe(false)
    expect(performance.now() - started).toBeLessThan(1000)
  })
})
