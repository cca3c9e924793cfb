/** Go's durations as text ("1m30s"), with the errors of its time package. */
import { refuse } from './refuse'

const UNITS: Record<string, number> = {
  h: 3.6e12,
  m: 6e10,
  s: 1e9,
  ms: 1e6,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ns: 1,
}

/** Nanoseconds. @throws LaminaError invalid_input */
export function parseDuration(text: string): number {
  const quoted = JSON.stringify(text)
  const negative = text.startsWith('-')
  let left = text.replace(/^[-+]/, '')
  if (left === '0') return 0
  if (left === '') throw refuse(`time: invalid duration ${quoted}`)
  let total = 0
  while (left !== '') {
    const [part = '', number = '', unit = ''] = /^(\d+\.?\d*|\.\d+)([^.\d]*)/.exec(left) ?? []
    if (number === '') throw refuse(`time: invalid duration ${quoted}`)
    if (unit === '') throw refuse(`time: missing unit in duration ${quoted}`)
    if (!Object.hasOwn(UNITS, unit))
      throw refuse(`time: unknown unit ${JSON.stringify(unit)} in duration ${quoted}`)
    total += Number(number) * (UNITS[unit] as number)
    left = left.slice(part.length)
  }
  return Math.round(negative ? -total : total)
}
