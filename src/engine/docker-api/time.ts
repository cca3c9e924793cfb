/** Times in filters (`until=24h`, `until=2026-01-02T03:04:05`, Unix seconds), as milliseconds. */
import { ApiError } from './http/errors'

const UNITS: Record<string, number> = {
  ns: 1e-6,
  us: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
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
