/**
 * The instructions that only change an image's settings, for `build`, and for the `--change` of
 * commit and import (moby builder/dockerfile/dispatchers.go). They change the config that they are given.
 */
import type { RunConfig } from '../../oci/image-config'
import { parseHealthcheck } from './healthcheck'
import { type Instruction, jsonForm, refuse } from './parse'
import { exposedPorts, knownSignal } from './ports-signals'
import { expandWord, expandWords, splitWords, type Lookup } from './words'

export interface SettingsState {
  config: RunConfig
  /** A CMD stood in this Dockerfile: an ENTRYPOINT after it keeps it. */
  cmdSet: boolean
  escape: string
  lookup: Lookup
}

type Apply = (state: SettingsState, instruction: Instruction) => void

const SETTINGS: Record<string, Apply> = {
  CMD(state, { rest }) {
    const command = commandForm(state.config, rest)
    state.config.Cmd = command
    if (command.length > 0) state.cmdSet = true
  },
  ENTRYPOINT(state, { rest }) {
    const command = commandForm(state.config, rest)
    state.config.Entrypoint = command.length > 0 ? command : null
    if (!state.cmdSet) state.config.Cmd = null
  },
  ENV(state, instruction) {
    const env = [...(state.config.Env ?? [])]
    for (const [name, value] of namedValues(state, instruction)) {
      const at = env.findIndex((variable) => variable.split('=', 1)[0] === name)
      if (at >= 0) env[at] = `${name}=${value}`
      else env.push(`${name}=${value}`)
    }
    state.config.Env = env
  },
  EXPOSE(state, { rest }) {
    const ports = { ...state.config.ExposedPorts }
    for (const word of expandWords(rest, state.lookup, state.escape))
      for (const port of exposedPorts(word)) ports[port] = {}
    state.config.ExposedPorts = ports
  },
  HEALTHCHECK(state, instruction) {
    state.config.Healthcheck = parseHealthcheck(instruction)
  },
  LABEL(state, instruction) {
    const labels = Object.fromEntries(namedValues(state, instruction))
    state.config.Labels = { ...state.config.Labels, ...labels }
  },
  ONBUILD(state, { rest }) {
    const trigger = (/^\S+/.exec(rest)?.[0] ?? '').toUpperCase()
    if (trigger === 'ONBUILD') throw refuse("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed")
    if (trigger === 'MAINTAINER' || trigger === 'FROM')
      throw refuse(`${trigger} isn't allowed as an ONBUILD trigger`)
    state.config.OnBuild = [...(state.config.OnBuild ?? []), rest]
  },
  SHELL(state, { rest }) {
    const shell = jsonForm(rest)
    if (shell === null) throw refuse('SHELL requires the arguments to be in JSON form')
    state.config.Shell = shell
  },
  STOPSIGNAL(state, { rest }) {
    const signal = expandWord(one(rest, 'STOPSIGNAL'), state.lookup, state.escape)
    if (!knownSignal(signal)) throw refuse(`Invalid signal: ${signal}`)
    state.config.StopSignal = signal
  },
  USER(state, { rest }) {
    state.config.User = expandWord(one(rest, 'USER'), state.lookup, state.escape)
  },
  VOLUME(state, { rest }) {
    const words = (jsonForm(rest) ?? splitWords(rest, state.escape)).map((word) =>
      expandWord(word, state.lookup, state.escape).trim(),
    )
    if (words.includes('')) throw refuse('VOLUME specified can not be an empty string')
    const added = Object.fromEntries(words.map((word) => [word, {}]))
    state.config.Volumes = { ...state.config.Volumes, ...added }
  },
  WORKDIR(state, { rest }) {
    const folder = expandWord(one(rest, 'WORKDIR'), state.lookup, state.escape)
    state.config.WorkingDir = resolveFolder(state.config.WorkingDir ?? '', folder)
  },
}

/** Those that `--change` takes. */
const CHANGES = new Set(Object.keys(SETTINGS).filter((name) => name !== 'SHELL'))

export function isSetting(name: string): boolean {
  return name in SETTINGS
}

export function isChange(name: string): boolean {
  return CHANGES.has(name)
}

/** Applies one such instruction. Throws `invalid_input` in the builder's words. */
export function applySetting(state: SettingsState, instruction: Instruction): void {
  const { name, rest } = instruction
  const apply = SETTINGS[name]
  if (!apply) throw refuse(`unknown instruction: ${name}`)
  if (rest === '' && name !== 'CMD' && name !== 'ENTRYPOINT')
    throw refuse(`${name} requires at least one argument`)
  if (instruction.flags.length > 0 && name !== 'HEALTHCHECK')
    throw refuse(`Unknown flag: ${(instruction.flags[0] ?? '').split('=', 1)[0]}`)
  apply(state, instruction)
}

/** `name=value …`, or the old form `name value`; names and values with variables filled in. */
export function namedValues(
  { lookup, escape }: Pick<SettingsState, 'lookup' | 'escape'>,
  { name, rest }: Instruction,
): [string, string][] {
  const words = splitWords(rest, escape)
  const expand = (word: string) => expandWord(word, lookup, escape)
  if (!words[0]?.includes('=')) {
    const [, key = '', value] = /^(\S+)\s+([\s\S]+)$/.exec(rest) ?? []
    if (value === undefined) throw refuse(`${name} must have two arguments`)
    return [[expand(key), expand(value)]]
  }
  return words.map((word) => {
    const at = word.indexOf('=')
    if (at < 0)
      throw refuse(
        `Syntax error - can't find = in ${JSON.stringify(word)}. Must be of the form: name=value`,
      )
    if (at === 0) throw refuse(`${name} names can not be blank`)
    return [expand(word.slice(0, at)), expand(word.slice(at + 1))]
  })
}

/** The exec form as it is, the shell form behind the shell. */
export function commandForm(config: RunConfig, rest: string): string[] {
  const exec = jsonForm(rest)
  if (exec) return exec
  if (rest === '') return []
  return [...(config.Shell?.length ? config.Shell : ['/bin/sh', '-c']), rest]
}

/** A folder in the image: relative ones lie in the one before; cleaned. */
export function resolveFolder(current: string, folder: string): string {
  const joined = folder.startsWith('/') ? folder : `${current}/${folder}`
  const parts: string[] = []
  for (const part of joined.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return `/${parts.join('/')}`
}

function one(rest: string, name: string): string {
  if (name !== 'WORKDIR' && splitWords(rest).length !== 1)
    throw refuse(`${name} requires exactly one argument`)
  return rest
}
