import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { quoteWord, quoteWords, splitWords } from '@/lib/shell-words'

/** What sh makes of a line: its words. */
function asShell(line: string): string[] {
  const script = `for word in ${line}; do printf '%s\\0' "$word"; done`
  return execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1)
}

describe('splitWords', () => {
  it.each([
    ['', []],
    ['  a   b ', ['a', 'b']],
    [`sh -c "echo 'hi there'"`, ['sh', '-c', "echo 'hi there'"]],
    [`a'b c'd`, ['ab cd']],
    [`"" ''`, ['', '']],
    ['a\\ b \\"', ['a b', '"']],
    [`"a\\"b\\\\c\\d"`, ['a"b\\c\\d']],
    [`"it's"`, ["it's"]],
  ])('splits %s', (line, words) => expect(splitWords(line)).toEqual(words))

  it.each([`'a`, `"a`, `a\\`, `"a\\"`])('refuses the open quote of %s', (line) =>
    expect(splitWords(line)).toBeNull(),
  )

  it('reads back what was quoted', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (words) => {
        expect(splitWords(quoteWords(words))).toEqual(words)
      }),
      { numRuns: 40 },
    )
  })
})

describe('quoteWord', () => {
  it.each([
    ['mhk/debian:1.3', 'mhk/debian:1.3'],
    ['add vim', "'add vim'"],
    ["it's", "'it'\\''s'"],
    ['', "''"],
    ['$HOME', "'$HOME'"],
    ['a;b', "'a;b'"],
    ['~', "'~'"],
  ])('writes %s as %s', (word, quoted) => expect(quoteWord(word)).toBe(quoted))

  it('is read back by a real sh', () => {
    const words = ['a b', "it's", '"', '$HOME `x` \\', '*', '\n', '-n', '中文', '{}', '!', '#']
    expect(asShell(quoteWords(words))).toEqual(words)
  })
})
