import { LaminaError } from '@shared/errors'
import { describe, expect, it } from 'vitest'
import { expandWord, expandWords } from '../../../../src/engine/image/dockerfile/words'

const VARIABLES: Record<string, string> = { a: 'x y', b: 'z', empty: '', _u1: 'under', '1': 'one' }
const lookup = (name: string): string | undefined => VARIABLES[name]

// The rules are those of moby/buildkit frontend/dockerfile/shell/lex.go.
describe('a word', () => {
  it.each([
    ['$a-${b}', 'x y-z'],
    ['$_u1$b.', 'underz.'],
    ['$12', ''],
    ['$1', 'one'],
    ['$', '$'],
    ['$/x', '$/x'],
    ['${none:-d$b}', 'dz'],
    ['${empty:-d}', 'd'],
    ['${a:+alt}', 'alt'],
    ['${empty:+alt}', ''],
    ['${none:+alt}', ''],
    ['${b?unset}', 'z'],
    ["'$a'", '$a'],
    ['"$a"', 'x y'],
    ['"\\$a \\" \\x"', '$a " \\x'],
    ['\\$a', '$a'],
    ["it\\'s", "it's"],
    ['a\\', 'a'],
    ['日本$b', '日本z'],
    ['${none:-"q"\'r\'}', 'qr'],
  ])('%s is %j', (word, expected) => expect(expandWord(word, lookup)).toBe(expected))

  it('may be escaped by a backtick', () => {
    expect(expandWord('c:\\$b `$b', lookup, '`')).toBe('c:\\z $b')
  })

  it.each([
    [
      '"a',
      'failed to process "\\"a": unexpected end of statement while looking for matching double-quote',
    ],
    [
      "'a",
      'failed to process "\'a": unexpected end of statement while looking for matching single-quote',
    ],
    ['${', 'failed to process "${": syntax error: missing \'}\''],
    ['${}', 'failed to process "${}": syntax error: bad substitution'],
    ['${a', 'failed to process "${a": missing \':\' in substitution'],
    ['${a:-b', 'failed to process "${a:-b": syntax error: missing \'}\''],
    ['${a:=b}', 'failed to process "${a:=b}": unsupported modifier (=) in substitution'],
    ['${none:?}', 'failed to process "${none:?}": none: is not allowed to be unset'],
    ['${empty:?say}', 'failed to process "${empty:?say}": empty: say'],
  ])('cannot be %s', (word, message) => {
    const thrown = (() => {
      try {
        return expandWord(word, lookup)
      } catch (error) {
        return error instanceof LaminaError ? error.params.docker : error
      }
    })()
    expect(thrown).toBe(message)
  })
})

describe('words', () => {
  it.each<[string, string[]]>([
    ['80 $a', ['80', 'x', 'y']],
    ['"$a" b', ['x y', 'b']],
    ['p$a"q r"', ['px', 'yq r']],
    ['a\\ b c', ['a b', 'c']],
    [' $empty ', []],
    ['"" x', ['x']],
  ])('%s', (text, expected) => expect(expandWords(text, lookup)).toEqual(expected))
})
