/** HEALTHCHECK: `NONE`, or `[--interval= --timeout= --start-period= --retries=] CMD …`. */
import type { Healthcheck } from '../../oci/image-config'
import { parseDuration } from './duration'
import { readFlags } from './flags'
import type { Instruction } from './instruction'
import { refuse } from './refuse'

/** Nanoseconds. */
const SHORTEST = 1e6
const MAX_INT32 = 2 ** 31 - 1

/** @throws LaminaError invalid_input in the builder's words */
export function parseHealthcheck(instruction: Instruction): Healthcheck {
  const { name, args, json } = instruction
  const [kind, ...command] = args
  if (kind === undefined) throw refuse(`${name} requires at least one argument`)
  if (kind.toUpperCase() === 'NONE') {
    if (command.length > 0) throw refuse('HEALTHCHECK NONE takes no arguments')
    return { Test: ['NONE'] }
  }
  const flags = readFlags(instruction)
  if (kind.toUpperCase() !== 'CMD')
    throw refuse(`Unknown type ${JSON.stringify(kind.toUpperCase())} in HEALTHCHECK (try CMD)`)
  if (command.length === 0) throw refuse('Missing command after HEALTHCHECK CMD')
  const result: Healthcheck = { Test: [json ? 'CMD' : 'CMD-SHELL', ...command] }
  const interval = atLeast('interval', flags)
  const timeout = atLeast('timeout', flags)
  const startPeriod = atLeast('start-period', flags)
  const retries = readRetries(flags.get('retries') ?? '')
  if (interval > 0) result.Interval = interval
  if (timeout > 0) result.Timeout = timeout
  if (startPeriod > 0) result.StartPeriod = startPeriod
  if (retries > 0) result.Retries = retries
  return result
}

/** Nanoseconds; 0 when it is not given. */
function atLeast(name: string, flags: ReadonlyMap<string, string>): number {
  const text = flags.get(name) ?? ''
  if (text === '') return 0
  const value = parseDuration(text)
  if (value < SHORTEST) throw refuse(`Interval ${JSON.stringify(name)} cannot be less than 1ms`)
  return value
}

function readRetries(text: string): number {
  if (text === '') return 0
  const shown = `strconv.ParseInt: parsing ${JSON.stringify(text)}`
  if (!/^[-+]?\d+$/.test(text)) throw refuse(`${shown}: invalid syntax`)
  const value = Number(text)
  if (Math.abs(value) > MAX_INT32) throw refuse(`${shown}: value out of range`)
  if (value < 1) throw refuse(`--retries must be at least 1 (not ${value})`)
  return value
}
