/**
 * A Dockerfile as stages, with every instruction's form checked before anything is built (moby/buildkit
 * frontend/dockerfile/instructions/parse.go). Errors are the builder's, with the line they stand in.
 */
import { jsonForm, parseDockerfile, refuse, type Instruction } from '../image/dockerfile/parse'
import { splitWords } from '../image/dockerfile/words'

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
}

/** Flags that the classic builder knows. */
const FLAGS: Record<string, string[]> = {
  ADD: ['chown'],
  COPY: ['chown', 'from'],
  FROM: ['platform'],
  HEALTHCHECK: ['interval', 'timeout', 'start-period', 'retries'],
}

type Arity = 'one' | 'some' | 'any'

const ARITY: Record<string, Arity> = {
  ADD: 'any',
  ARG: 'some',
  CMD: 'any',
  COPY: 'any',
  ENTRYPOINT: 'any',
  ENV: 'some',
  EXPOSE: 'some',
  FROM: 'any',
  HEALTHCHECK: 'some',
  LABEL: 'some',
  MAINTAINER: 'one',
  ONBUILD: 'some',
  RUN: 'some',
  SHELL: 'some',
  STOPSIGNAL: 'one',
  USER: 'one',
  VOLUME: 'some',
  WORKDIR: 'one',
}

/** @throws LaminaError invalid_input in the builder's words */
export function readStages(text: string): StagedDockerfile {
  const { instructions, escape } = parseDockerfile(text)
  if (instructions.length === 0) {
    throw refuse('failed to parse Dockerfile: file with no instructions')
  }
  const metaArgs: Instruction[] = []
  const stages: Stage[] = []
  for (const instruction of instructions) {
    atLine(instruction, () => checkInstruction(instruction))
    const stage = stages.at(-1)
    if (instruction.name === 'FROM') stages.push(atLine(instruction, () => readFrom(instruction)))
    else if (stage) stage.commands.push(instruction)
    else if (instruction.name === 'ARG') metaArgs.push(instruction)
    else throw refuse('no build stage in current context')
  }
  if (stages.length === 0) throw refuse('dockerfile contains no stages to build')
  return { metaArgs, stages, escape }
}

/** One instruction that an image has kept for builds on top of it (ONBUILD). */
export function readTrigger(text: string): Instruction {
  const [instruction, ...more] = parseDockerfile(text).instructions
  if (!instruction || more.length > 0) throw refuse('onbuild trigger should be a single expression')
  checkInstruction(instruction)
  return instruction
}

/** The value of a flag, or undefined. */
export function flagOf(instruction: Instruction, name: string): string | undefined {
  const flag = instruction.flags.find((text) => text.split('=', 1)[0] === name)
  return flag?.slice(name.length + 1)
}

/** Sources and destination of COPY and ADD, variables not filled in yet. */
export function copyWords({ rest }: Instruction, escape: string): string[] {
  return jsonForm(rest) ?? splitWords(rest, escape)
}

function checkInstruction(instruction: Instruction): void {
  const { name, rest, flags } = instruction
  const arity = ARITY[name]
  if (arity === undefined) throw refuse(`unknown instruction: ${name}`)
  for (const flag of flags) {
    const [key = ''] = flag.split('=', 1)
    if (!FLAGS[name]?.includes(key)) throw refuse(`Unknown flag: ${key}`)
    if (!flag.includes('=')) throw refuse(`Missing a value on flag: ${key}`)
  }
  if (arity === 'some' && rest === '') throw refuse(`${name} requires at least one argument`)
  // These keep the rest of the line as one argument, whatever stands in it.
  if (arity === 'one' && rest === '') throw refuse(`${name} requires exactly one argument`)
  if (name === 'COPY' || name === 'ADD') checkCopy(instruction)
  if (name === 'ONBUILD') checkTrigger(rest)
}

function checkCopy(instruction: Instruction): void {
  const { name } = instruction
  const words = copyWords(instruction, '\\')
  if (words.length < 2) {
    throw refuse(
      `${name} requires at least two arguments, but only one was provided. Destination could not be determined`,
    )
  }
}

function checkTrigger(rest: string): void {
  const trigger = (/^\S+/.exec(rest)?.[0] ?? '').toUpperCase()
  if (trigger === 'ONBUILD') throw refuse("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed")
  if (trigger === 'MAINTAINER' || trigger === 'FROM') {
    throw refuse(`${trigger} isn't allowed as an ONBUILD trigger`)
  }
}

function readFrom(from: Instruction): Stage {
  const words = splitWords(from.rest)
  const named = words.length === 3 && words[1]?.toLowerCase() === 'as'
  if (words.length !== 1 && !named) throw refuse('FROM requires either one or three arguments')
  const name = (words[2] ?? '').toLowerCase()
  if (named && !/^[a-z][a-z0-9-_.]*$/.test(name)) {
    throw refuse(
      `invalid name for build stage: ${JSON.stringify(words[2])}, name can't start with a number or contain symbols`,
    )
  }
  return {
    name,
    base: words[0] ?? '',
    platform: flagOf(from, 'platform') ?? '',
    from,
    commands: [],
  }
}

function atLine<T>(instruction: Instruction, work: () => T): T {
  try {
    return work()
  } catch (error) {
    const message = error instanceof Error && 'params' in error ? messageOf(error) : String(error)
    throw refuse(`dockerfile parse error line ${instruction.line}: ${message}`)
  }
}

function messageOf(error: Error): string {
  const { params } = error as Error & { params: Record<string, string> }
  return params.docker ?? error.message
}
