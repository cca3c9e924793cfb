/** One place where the text searched for stands. */
export interface JsonMatch {
  /** Line, from 0. */
  line: number
  /** Columns of its beginning and end. */
  from: number
  to: number
}

/** JSON as docker prints it (4 spaces), so that what is copied equals `docker inspect`. */
export function dockerJson(value: unknown): string {
  return JSON.stringify(value, null, 4)
}

/** Every place of `query` in `lines`, without regard to case; at most `limit` of them. */
export function searchLines(lines: readonly string[], query: string, limit = 10_000): JsonMatch[] {
  const matches: JsonMatch[] = []
  const wanted = query.toLowerCase()
  if (wanted === '') return matches
  for (const [line, text] of lines.entries()) {
    const lower = text.toLowerCase()
    let from = lower.indexOf(wanted)
    while (from >= 0) {
      matches.push({ line, from, to: from + wanted.length })
      if (matches.length >= limit) return matches
      from = lower.indexOf(wanted, from + wanted.length)
    }
  }
  return matches
}
