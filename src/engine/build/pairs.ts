/** `ARG name[=value] …` */
import { refuse, type Instruction } from '../image/dockerfile/parse'
import { expandWord, splitWords, type Lookup } from '../image/dockerfile/words'

/** Names with their defaults, variables filled in; null: no default. */
export function argPairs(
  { rest }: Instruction,
  lookup: Lookup,
  escape: string,
): [string, string | null][] {
  return splitWords(rest, escape).map((word) => {
    const at = word.indexOf('=')
    if (at === 0) throw refuse('ARG names can not be blank')
    const expand = (text: string): string => expandWord(text, lookup, escape)
    if (at < 0) return [expand(word), null]
    return [expand(word.slice(0, at)), expand(word.slice(at + 1))]
  })
}
