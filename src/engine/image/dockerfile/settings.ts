/**
 * The instructions that only change an image's settings, for `build`, and for the `--change` of
 * commit and import (moby builder/dockerfile/dispatchers.go). They change the config that they are given.
 */
import { posix } from 'node:path'
import type { RunConfig } from '../../oci/image-config'
import { parseHealthcheck } from './healthcheck'
import type { Instruction } from './instruction'
import { exposedPorts, knownSignal } from './ports-signals'
import { refuse } from './refuse'
import { expandWord, expandWords, type Lookup } from './words'

export interface SettingsState {
  config: RunConfig
  /** A CMD stood in this Dockerfile: an ENTRYPOINT after it keeps it. */
  cmdSet: boolean
  escape: string
  lookup: Lookup
}

type Apply = (state: SettingsState, instruction: Instruction) => void

const SETTINGS: Record<string, Apply> = {
  CMD(state, instruction) {
    state.config.Cmd = commandForm(state.config, instruction)
    state.config.ArgsEscaped = false
    if (instruction.args.length > 0) state.cmdSet = true
  },
  ENTRYPOINT(state, instruction) {
    const { args } = instruction
    state.config.Entrypoint = args.length > 0 ? commandForm(state.config, instruction) : null
    state.config.ArgsEscaped = false
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
  EXPOSE(state, instruction) {
    const ports = { ...state.config.ExposedPorts }
    for (const word of exposedWords(state, instruction))
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
  ONBUILD(state, instruction) {
    state.config.OnBuild = [...(state.config.OnBuild ?? []), triggerOf(instruction)]
  },
  SHELL(state, { args }) {
    state.config.Shell = args
  },
  STOPSIGNAL(state, { args }) {
    const signal = expand(state, args[0] as string)
    if (!knownSignal(signal)) throw refuse(`Invalid signal: ${signal}`)
    state.config.StopSignal = signal
  },
  USER(state, { args }) {
    state.config.User = expand(state, args[0] as string)
  },
  VOLUME(state, { args }) {
    const paths = args.map((word) => expand(state, word.trim()))
    if (paths.includes('')) throw refuse('VOLUME specified can not be an empty string')
    const added = Object.fromEntries(paths.map((path) => [path, {}]))
    state.config.Volumes = { ...state.config.Volumes, ...added }
  },
  WORKDIR(state, { args }) {
    const folder = expand(state, args[0] as string)
    state.config.WorkingDir = resolveFolder(state.config.WorkingDir ?? '', folder)
  },
}

/** Those that `--change` takes (moby validCommitCommands). */
const NO_CHANGES = ['SHELL', 'STOPSIGNAL']
const CHANGES = new Set(Object.keys(SETTINGS).filter((name) => !NO_CHANGES.includes(name)))

export function isChange(name: string): boolean {
  return CHANGES.has(name)
}

/** Applies one such instruction that `checkInstruction` has passed. Throws `invalid_input`. */
export function applySetting(state: SettingsState, instruction: Instruction): void {
  const apply = SETTINGS[instruction.name]
  if (!apply) throw refuse(`unknown instruction: ${instruction.name}`)
  apply(state, instruction)
}

type Expanding = Pick<SettingsState, 'lookup' | 'escape'>

/** Names and values of ENV and LABEL with variables filled in. */
export function namedValues(state: Expanding, { args }: Instruction): [string, string][] {
  const pairs: [string, string][] = []
  for (let at = 0; at < args.length; at += 2)
    pairs.push([expand(state, args[at] as string), expand(state, args[at + 1] as string)])
  return pairs
}

/** The words of EXPOSE, of which a variable may bring several. */
export function exposedWords({ lookup, escape }: Expanding, { args }: Instruction): string[] {
  return [...args].sort().flatMap((word) => expandWords(word, lookup, escape))
}

/** The exec form as it is, the shell form behind the shell. */
export function commandForm({ Shell }: RunConfig, { args, json }: Instruction): string[] {
  return json ? args : [...(Shell?.length ? Shell : ['/bin/sh', '-c']), ...args]
}

/** What ONBUILD keeps, as it was written. */
export function triggerOf({ original }: Instruction): string {
  return original.replace(/^onbuild\s*/i, '')
}

/** A folder in the image: a relative one lies in the one before, an absolute one stays as it is. */
function resolveFolder(current: string, folder: string): string {
  if (folder === '') throw refuse('cannot normalize nothing')
  if (folder.startsWith('/')) return folder
  return posix.join('/', current, folder).replace(/(?<=.)\/$/, '')
}

function expand({ lookup, escape }: Expanding, word: string): string {
  return expandWord(word, lookup, escape)
}
