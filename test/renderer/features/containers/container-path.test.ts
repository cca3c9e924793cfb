import { describe, expect, it } from 'vitest'
import { containerPath } from '@/features/containers/container-path'

describe('containerPath', () => {
  it.each([
    ['/', '/'],
    ['/etc/', '/etc'],
    ['/a//b/./c/../d', '/a/b/d'],
    ['/../etc', '/etc'],
  ])('reads %s as %s', (input, path) => expect(containerPath(input)).toBe(path))

  it.each(['', 'etc', './etc', '/a\0b'])('refuses “%s”', (input) =>
    expect(containerPath(input)).toBeNull(),
  )
})
