import { describe, expect, it } from 'vitest'
import { containerPath } from '@/features/containers/container-path'
import { dockerJson, searchLines } from '@/features/containers/json-search'

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

describe('searching JSON', () => {
  const lines = dockerJson({ Name: 'web', Names: ['Web'] }).split('\n')

  it('prints as docker does, with four spaces', () => {
    expect(lines[1]).toBe('    "Name": "web",')
  })

  it('finds every place, whatever the case', () => {
    expect(searchLines(lines, 'WEB')).toEqual([
      { line: 1, from: 13, to: 16 },
      { line: 3, from: 9, to: 12 },
    ])
    expect(searchLines(lines, '')).toEqual([])
    expect(searchLines(lines, 'a', 2)).toHaveLength(2)
  })
})
