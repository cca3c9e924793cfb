/** What history shows of an instruction behind `#(nop)` (moby builder/dockerfile/dispatchers.go). */
import type { Instruction } from '../image/dockerfile/instruction'
import { exposedWords, namedValues, triggerOf } from '../image/dockerfile/settings'
import { expandWord, type Lookup } from '../image/dockerfile/words'
import type { RunConfig } from '../oci/image-config'
import { quotedHealthcheck, quotedList } from './go-format'

/**
 * @param config after the instruction
 * @param variables those that it was read with
 */
export function commentOf(
  instruction: Instruction,
  config: RunConfig,
  variables: { lookup: Lookup; escape: string },
): string {
  const { name, args } = instruction
  const { lookup, escape } = variables
  switch (name) {
    case 'CMD':
      return `CMD ${quotedList(config.Cmd)}`
    case 'ENTRYPOINT':
      return `ENTRYPOINT ${quotedList(config.Entrypoint)}`
    case 'ENV':
    case 'LABEL':
      return pairsComment(name, namedValues(variables, instruction))
    case 'EXPOSE':
      return `EXPOSE ${exposedWords(variables, instruction).join(' ')}`
    case 'HEALTHCHECK':
      return `HEALTHCHECK ${quotedHealthcheck(config.Healthcheck ?? {})}`
    case 'ONBUILD':
      return `ONBUILD ${triggerOf(instruction)}`
    case 'SHELL':
      return `SHELL ${plainList(args)}`
    case 'VOLUME':
      return `VOLUME ${plainList(args.map((word) => expandWord(word.trim(), lookup, escape)))}`
    default:
      return `${name} ${args.map((word) => expandWord(word, lookup, escape)).join(' ')}`
  }
}

export function pairsComment(name: string, pairs: readonly (readonly [string, string])[]): string {
  return [name, ...pairs.map(([key, value]) => `${key}=${value}`)].join(' ')
}

/** Go's `%v` of a list. */
export function plainList(words: readonly string[]): string {
  return `[${words.join(' ')}]`
}
