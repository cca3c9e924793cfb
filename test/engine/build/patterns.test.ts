import { describe, expect, it } from 'vitest'
import { globExpression, hasWildcards } from '../../../src/shared/glob'
import { isIgnored } from '../../../src/shared/dockerignore'

// The vectors of Go's path/filepath/match_test.go, which says what COPY's patterns mean.
const GO: [string, string, boolean][] = [
  ['abc', 'abc', true],
  ['*', 'abc', true],
  ['*c', 'abc', true],
  ['a*', 'a', true],
  ['a*', 'abc', true],
  ['a*', 'ab/c', false],
  ['a*/b', 'abc/b', true],
  ['a*/b', 'a/c/b', false],
  ['a*b*c*d*e*/f', 'axbxcxdxe/f', true],
  ['a*b*c*d*e*/f', 'axbxcxdxexxx/f', true],
  ['a*b*c*d*e*/f', 'axbxcxdxe/xxx/f', false],
  ['a*b*c*d*e*/f', 'axbxcxdxexxx/fff', false],
  ['a*b?c*x', 'abxbbxdbxebxczzx', true],
  ['a*b?c*x', 'abxbbxdbxebxczzy', false],
  ['ab[c]', 'abc', true],
  ['ab[b-d]', 'abc', true],
  ['ab[e-g]', 'abc', false],
  ['ab[^c]', 'abc', false],
  ['ab[^b-d]', 'abc', false],
  ['ab[^e-g]', 'abc', true],
  ['a\\*b', 'a*b', true],
  ['a\\*b', 'ab', false],
  ['a?b', 'a☺b', true],
  ['a[^a]b', 'a☺b', true],
  ['a???b', 'a☺b', false],
  ['a[^a][^a][^a]b', 'a☺b', false],
  ['[a-ζ]*', 'α', true],
  ['*[a-ζ]', 'A', false],
  ['a?b', 'a/b', false],
  ['a*b', 'a/b', false],
  ['[\\]a]', ']', true],
  ['[\\-]', '-', true],
  ['[x\\-]', 'x', true],
  ['[x\\-]', '-', true],
  ['[x\\-]', 'z', false],
  ['[\\-x]', 'x', true],
  ['[\\-x]', 'a', false],
  ['[]a]', ']', false],
  ['[-]', '-', false],
  ['[x-]', 'x', false],
  ['[-x]', 'a', false],
  ['\\', 'a', false],
  ['[a-b-c]', 'a', false],
  ['[', 'a', false],
  ['[^', 'a', false],
  ['[^bc', 'a', false],
  ['a[', 'ab', false],
  ['*x', 'xxx', true],
  ['(a|b).c+$', '(a|b).c+$', true],
]

describe('patterns of COPY', () => {
  it.each(GO)('%s and %s: %j', (pattern, name, expected) => {
    expect(globExpression(pattern)?.test(name) ?? false).toBe(expected)
  })

  it.each([
    ['a*', true],
    ['a\\*', false],
    ['a[b', true],
    ['plain/path.txt', false],
  ])('are told from plain paths: %s', (path, expected) => {
    expect(hasWildcards(path)).toBe(expected)
  })
})

describe('.dockerignore, for what the client has sent in spite of it', () => {
  // From moby pkg/fileutils/fileutils_test.go and the Dockerfile reference.
  it.each<[string, string, boolean]>([
    ['Dockerfile', 'Dockerfile', true],
    ['Dockerfile', 'dockerfile', false],
    ['Dockerfile', '*', true],
    ['Dockerfile', '*\n!Dockerfile', false],
    ['Dockerfile', '!Dockerfile\n*', true],
    ['Dockerfile', '# Dockerfile\n\n', false],
    ['Dockerfile', '\ufeffDockerfile', true],
    ['Dockerfile', ' /Dockerfile ', true],
    ['Dockerfile', './x/../Dockerfile', true],
    ['Dockerfile', '! Dockerfile', false],
    ['.dockerignore', '.*', true],
    ['.dockerignore', '?dockerignore', true],
    ['sub/Dockerfile', 'sub', true],
    ['sub/Dockerfile', '*/Dockerfile', true],
    ['sub/Dockerfile', 'Dockerfile', false],
    ['sub/Dockerfile', '**/Dockerfile', true],
    ['Dockerfile', '**/Dockerfile', true],
    ['a/b/Dockerfile', '**', true],
    ['a/b/Dockerfile', 'a/**', true],
    ['a/b/Dockerfile', 'a/**/Dockerfile', true],
    ['a/b/Dockerfile', '**/b', true],
    ['a/b/c/Dockerfile', '**/c', false],
    ['a/b/Dockerfile', 'a/*/x', false],
    ['a/b/Dockerfile', 'a\n!a/b', false],
    ['a/b/Dockerfile', 'a\n!a/b/other', true],
    ['Dockerfile', 'Docker[a-z]ile', true],
    ['Dockerfile', 'Dockerfile\n[', false],
    ['Dockerfile', 'Dockerfile\n!', false],
    ['Dockerfile', 'D.ckerfile', false],
  ])('%s and %j: %j', (path, patterns, expected) => {
    expect(isIgnored(path, patterns)).toBe(expected)
  })
})
