import { describe, expect, it } from 'vitest'
import { dockerJson, pieces, searchLines } from '@/lib/json-lines'

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

  it('cuts a line at names and matches', () => {
    expect(pieces('    "Name": "web",', [{ line: 0, from: 13, to: 16, index: 4 }])).toEqual([
      { text: '    ', key: false, match: null },
      { text: '"Name"', key: true, match: null },
      { text: ': "', key: false, match: null },
      { text: 'web', key: false, match: 4 },
      { text: '",', key: false, match: null },
    ])
  })
})
