/** One place where the text searched for stands. */
export interface JsonMatch {
  /** Line, from 0. */
  line: number
  /** Columns of its beginning and end. */
  from: number
  to: number
}

/** A piece of a line that is drawn alike. */
export interface JsonPiece {
  text: string
  /** Whether it belongs to the name of a field. */
  key: boolean
  /** Index of the match that it belongs to, among all matches. */
  match: number | null
}

const KEY = /^(\s*)("(?:[^"\\]|\\.)*"):/

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

/** Cuts a line where a field's name or a match begins or ends. */
export function pieces(
  line: string,
  matches: readonly (JsonMatch & { index: number })[],
): JsonPiece[] {
  const key = KEY.exec(line)
  const keyFrom = key?.[1]?.length ?? 0
  const keyTo = keyFrom + (key?.[2]?.length ?? 0)
  const cuts = new Set([0, keyFrom, keyTo, line.length])
  for (const { from, to } of matches) cuts.add(from).add(to)
  const sorted = [...cuts].sort((a, b) => a - b)
  return sorted.slice(0, -1).map((from, at) => ({
    text: line.slice(from, sorted[at + 1]),
    key: from >= keyFrom && from < keyTo,
    match: matches.find((match) => from >= match.from && from < match.to)?.index ?? null,
  }))
}
