/** How much a registry still gives (Docker Hub: `ratelimit-limit: 100;w=21600`). */

export interface RateLimit {
  /** Requests in a window; null where only one of the numbers is said. */
  limit: number | null
  remaining: number | null
  /** Seconds of a window. */
  window: number | null
}

/**
 * Reads `RateLimit-Limit` and `RateLimit-Remaining` (IETF draft; `X-RateLimit-…` as well). Null where
 * an answer has neither. @param headers names in lower case
 */
export function readRateLimit(headers: Record<string, string>): RateLimit | null {
  const limit = read(headers, 'limit')
  const remaining = read(headers, 'remaining')
  if (!limit && !remaining) return null
  return {
    limit: limit?.count ?? null,
    remaining: remaining?.count ?? null,
    window: limit?.window ?? remaining?.window ?? null,
  }
}

function read(
  headers: Record<string, string>,
  name: string,
): { count: number; window: number | null } | null {
  const text = headers[`ratelimit-${name}`] ?? headers[`x-ratelimit-${name}`] ?? ''
  const found = /^\s*(\d+)(?:.*?;\s*w=(\d+))?/.exec(text)
  if (!found) return null
  return { count: Number(found[1]), window: found[2] === undefined ? null : Number(found[2]) }
}
