/** Go's `%q` of the things that the classic builder prints into history. */
import type { Healthcheck } from '../oci/image-config'

/** `["a" "b"]` */
export function quotedList(words: readonly string[] | null | undefined): string {
  return `[${(words ?? []).map(quoted).join(' ')}]`
}

/** Go's strconv.Quote, for what stands in a Dockerfile. */
export function quoted(text: string): string {
  return JSON.stringify(text)
    .replace(/\\\\|\\u00([01][0-9a-f])/g, (escape, hex?: string) =>
      hex === undefined ? escape : (NAMED[parseInt(hex, 16)] ?? `\\x${hex}`),
    )
    .replaceAll('\u007f', '\\x7f')
}

/** `&{["CMD" "x"] "9s" "0s" "0s" '\x04'}`: a struct under `%q`, its fields in their order. */
export function quotedHealthcheck(check: Healthcheck): string {
  const times = [check.Interval, check.Timeout, check.StartPeriod].map((value) =>
    quoted(duration(value ?? 0)),
  )
  return `&{${quotedList(check.Test)} ${times.join(' ')} ${quotedRune(check.Retries ?? 0)}}`
}

/** Go's time.Duration as text: "1m30s". */
export function duration(nanoseconds: number): string {
  if (nanoseconds === 0) return '0s'
  if (nanoseconds < 1e3) return `${nanoseconds}ns`
  if (nanoseconds < 1e6) return `${nanoseconds / 1e3}µs`
  if (nanoseconds < 1e9) return `${nanoseconds / 1e6}ms`
  const seconds = nanoseconds / 1e9
  const hours = Math.floor(seconds / 3600)
  const minutes = Math.floor((seconds % 3600) / 60)
  const rest = `${Number((seconds % 60).toFixed(9))}s`
  if (hours > 0) return `${hours}h${minutes}m${rest}`
  return minutes > 0 ? `${minutes}m${rest}` : rest
}

const NAMED: Record<number, string> = {
  7: '\\a',
  8: '\\b',
  9: '\\t',
  10: '\\n',
  11: '\\v',
  12: '\\f',
  13: '\\r',
  39: "\\'",
  92: '\\\\',
}

function quotedRune(code: number): string {
  const named = NAMED[code]
  if (named !== undefined) return `'${named}'`
  if (code < 32 || code === 127) return `'\\x${code.toString(16).padStart(2, '0')}'`
  return `'${String.fromCodePoint(code)}'`
}
