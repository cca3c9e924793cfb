/** Times in filters (`until=24h`, `until=2026-01-02T03:04:05`, Unix seconds), as milliseconds. */
import { ApiError } from './http/errors'
import type { Filters } from './http/filters'

const UNITS: Record<string, number> = {
  ns: 1e-6,
  us: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
}

/** The filter `until`, which may be given once; null when it is not. @throws ApiError 400 */
export function parseUntil(filters: Filters): number | null {
  const [value, ...more] = filters.get('until')
  if (more.length > 0) throw new ApiError(400, 'more than one until filter specified')
  return value === undefined ? null : parseMoment(value)
}

/** @throws ApiError 400 */
export function parseMoment(text: string): number {
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text) * 1000
  if (/^(?:\d+(?:\.\d+)?(?:ns|us|ms|s|m|h))+$/.test(text)) {
    let span = 0
    for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|ms|s|m|h)/g)) {
      span += Number(amount) * (UNITS[unit as string] as number)
    }
    return Date.now() - span
  }
  const time = Date.parse(text)
  if (Number.isNaN(time)) {
    throw new ApiError(400, `failed to parse value as time or duration: ${JSON.stringify(text)}`)
  }
  return time
}
