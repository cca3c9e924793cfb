/** HEALTHCHECK: `NONE`, or `[--interval= --timeout= --start-period= --retries=] CMD …`. */
import type { Healthcheck } from '../../oci/image-config'
import { type Instruction, jsonForm, refuse } from './parse'

const UNITS: Record<string, number> = {
  h: 3.6e12,
  m: 6e10,
  s: 1e9,
  ms: 1e6,
  us: 1e3,
  µs: 1e3,
  ns: 1,
}

export function parseHealthcheck({ rest, flags }: Instruction): Healthcheck {
  const [, kind = '', command = ''] = /^(\S+)\s*([\s\S]*)$/.exec(rest) ?? []
  switch (kind.toUpperCase()) {
    case 'NONE':
      if (command !== '') throw refuse('HEALTHCHECK NONE takes no arguments')
      return { Test: ['NONE'] }
    case 'CMD': {
      if (command === '') throw refuse('Missing command after HEALTHCHECK CMD')
      const exec = jsonForm(command)
      return { Test: exec ? ['CMD', ...exec] : ['CMD-SHELL', command], ...timing(flags) }
    }
    default:
      throw refuse(`Unknown type ${JSON.stringify(kind.toUpperCase())} in HEALTHCHECK (try CMD)`)
  }
}

function timing(flags: string[]): Healthcheck {
  const result: Healthcheck = {}
  for (const flag of flags) {
    const [name = '', value = ''] = flag.split(/=(.*)/s)
    if (name === 'interval') result.Interval = duration(name, value)
    else if (name === 'timeout') result.Timeout = duration(name, value)
    else if (name === 'start-period') result.StartPeriod = duration(name, value)
    else if (name === 'retries') {
      if (!/^\d+$/.test(value)) throw refuse(`--retries must be a whole number (not ${value})`)
      if (value !== '0') result.Retries = Number(value)
    } else throw refuse(`Unknown flag: ${name}`)
  }
  return result
}

/** Go's durations ("1m30s") in nanoseconds. */
function duration(name: string, text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d*)?|\.\d+)(h|ms|m|s|us|µs|ns)/g)]
  const whole = parts.map((part) => part[0]).join('')
  if (text === '' || whole !== text) throw refuse(`invalid duration ${JSON.stringify(text)}`)
  const total = parts.reduce((sum, part) => sum + Number(part[1]) * (UNITS[part[2] ?? ''] ?? 0), 0)
  if (total !== 0 && total < 1e6)
    throw refuse(`Interval ${JSON.stringify(name)} cannot be less than 1ms`)
  return Math.round(total)
}
