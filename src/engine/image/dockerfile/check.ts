/**
 * What is wrong with an instruction can be said before anything is built (moby/buildkit
 * frontend/dockerfile/instructions/parse.go).
 */
import { readFlags } from './flags'
import { parseHealthcheck } from './healthcheck'
import type { Instruction } from './instruction'
import { refuse } from './refuse'

type Check = (instruction: Instruction) => void

const CHECKS: Record<string, Check> = {
  ADD: checkCopy,
  ARG: checkArg,
  CMD: onlyFlags,
  COPY: checkCopy,
  ENTRYPOINT: onlyFlags,
  ENV: checkPairs,
  EXPOSE: someArguments,
  FROM: checkFrom,
  HEALTHCHECK: (instruction) => void parseHealthcheck(instruction),
  LABEL: checkPairs,
  MAINTAINER: oneArgument,
  ONBUILD: checkTrigger,
  RUN: onlyFlags,
  SHELL: checkShell,
  // Go's parser looks at no flags here.
  STOPSIGNAL: ({ name, args }) => needOne(name, args),
  USER: oneArgument,
  VOLUME: checkVolume,
  WORKDIR: oneArgument,
}

/** @throws LaminaError invalid_input in the builder's words */
export function checkInstruction(instruction: Instruction): void {
  const check = Object.hasOwn(CHECKS, instruction.name) ? CHECKS[instruction.name] : undefined
  if (!check) throw refuse(`unknown instruction: ${instruction.name}`)
  check(instruction)
}

/** No arguments are needed; the flags must be known. */
function onlyFlags(instruction: Instruction): void {
  readFlags(instruction)
}

function needSome(name: string, args: readonly string[]): void {
  if (args.length === 0) throw refuse(`${name} requires at least one argument`)
}

function needOne(name: string, args: readonly string[]): void {
  if (args.length !== 1) throw refuse(`${name} requires exactly one argument`)
}

function someArguments(instruction: Instruction): void {
  needSome(instruction.name, instruction.args)
  readFlags(instruction)
}

function oneArgument(instruction: Instruction): void {
  needOne(instruction.name, instruction.args)
  readFlags(instruction)
}

function checkPairs(instruction: Instruction): void {
  readFlags(instruction)
  const { name, args } = instruction
  needSome(name, args)
  if (args.some((text, index) => index % 2 === 0 && text === ''))
    throw refuse(`${name} names can not be blank`)
}

function checkArg({ name, args }: Instruction): void {
  needSome(name, args)
  if (args.some((text) => text.startsWith('='))) throw refuse(`${name} names can not be blank`)
}

function checkCopy(instruction: Instruction): void {
  const { name, args } = instruction
  if (args.length < 2)
    throw refuse(
      `${name} requires at least two arguments, but only one was provided. Destination could not be determined`,
    )
  readFlags(instruction)
}

function checkFrom(instruction: Instruction): void {
  const [, as, name] = instruction.args
  const { length } = instruction.args
  const named = length === 3 && as?.toLowerCase() === 'as'
  if (length !== 1 && !named) throw refuse('FROM requires either one or three arguments')
  if (named && !/^[a-z][a-z0-9-_.]*$/.test((name as string).toLowerCase()))
    throw refuse(
      `invalid name for build stage: ${JSON.stringify(name)}, name can't start with a number or contain symbols`,
    )
  readFlags(instruction)
}

function checkTrigger(instruction: Instruction): void {
  someArguments(instruction)
  const trigger = instruction.args[0]
  if (trigger === 'ONBUILD') throw refuse("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed")
  if (trigger === 'MAINTAINER' || trigger === 'FROM')
    throw refuse(`${trigger} isn't allowed as an ONBUILD trigger`)
}

function checkShell(instruction: Instruction): void {
  readFlags(instruction)
  needSome(instruction.name, instruction.args)
  if (!instruction.json) throw refuse('SHELL requires the arguments to be in JSON form')
}

function checkVolume(instruction: Instruction): void {
  someArguments(instruction)
  if (instruction.args.some((text) => text.trim() === ''))
    throw refuse('VOLUME specified can not be an empty string')
}
