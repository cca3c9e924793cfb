/**
 * A Dockerfile as stages, with every instruction's form checked before anything is built (moby/buildkit
 * frontend/dockerfile/instructions/parse.go). Errors are the builder's, with the line they stand in.
 */
import { checkInstruction } from '../image/dockerfile/check'
import { readFlags } from '../image/dockerfile/flags'
import { parseDockerfile, type Dockerfile, type Instruction } from '../image/dockerfile/parse'
import { refuse } from '../image/dockerfile/refuse'
import { expandWord, type Lookup } from '../image/dockerfile/words'
import { messageOf } from './failures'

export interface Stage {
  /** Lowercase; '' when it has none. */
  name: string
  /** What FROM names, variables not filled in yet. */
  base: string
  platform: string
  from: Instruction
  commands: Instruction[]
}

export interface StagedDockerfile {
  /** ARG before the first FROM. */
  metaArgs: Instruction[]
  stages: Stage[]
  escape: string
  warnings: string[]
}

/**
 * @param name what errors call it
 * @throws LaminaError invalid_input in the builder's words
 */
export function readStages(text: string, name: string): StagedDockerfile {
  const { instructions, escape, warnings } = parse(text, name)
  const metaArgs: Instruction[] = []
  const stages: Stage[] = []
  for (const instruction of instructions) {
    checkAtLine(instruction)
    const stage = stages.at(-1)
    if (instruction.name === 'FROM') stages.push(readFrom(instruction))
    else if (stage) stage.commands.push(instruction)
    else if (instruction.name === 'ARG') metaArgs.push(instruction)
    else throw refuse('no build stage in current context')
  }
  if (stages.length === 0) throw refuse('dockerfile contains no stages to build')
  return { metaArgs, stages, escape, warnings }
}

/** One instruction that an image has kept for builds on top of it (ONBUILD). */
export function readTrigger(text: string): Instruction {
  const [instruction, ...more] = parseDockerfile(text).instructions
  if (!instruction || more.length > 0) throw refuse('onbuild trigger should be a single expression')
  checkInstruction(instruction)
  return instruction
}

/** Names and defaults of an ARG, variables filled in; null: no default. */
export function argPairs(
  { args }: Instruction,
  lookup: Lookup,
  escape: string,
): [string, string | null][] {
  const expand = (text: string): string => expandWord(text, lookup, escape)
  return args.map((word) => {
    const at = word.indexOf('=')
    if (at < 0) return [expand(word), null]
    return [expand(word.slice(0, at)), expand(word.slice(at + 1))]
  })
}

function parse(text: string, name: string): Dockerfile {
  try {
    const dockerfile = parseDockerfile(text)
    if (dockerfile.instructions.length > 0) return dockerfile
    throw refuse('file with no instructions')
  } catch (error) {
    throw refuse(`failed to parse ${name}: ${messageOf(error)}`)
  }
}

function checkAtLine(instruction: Instruction): void {
  try {
    checkInstruction(instruction)
  } catch (error) {
    throw refuse(`dockerfile parse error line ${instruction.line}: ${messageOf(error)}`)
  }
}

function readFrom(from: Instruction): Stage {
  const [base = '', , name = ''] = from.args
  const platform = readFlags(from).get('platform') ?? ''
  return { name: name.toLowerCase(), base, platform, from, commands: [] }
}
