import { refuse } from './refuse'

/** A JSON array at the beginning (Go's decoder does not mind what follows it), or null. */
export function jsonArray(rest: string): string[] | null {
  if (!rest.startsWith('[')) return null
  const values = parsePrefix(rest)
  if (!values) return null
  if (values.every((value) => typeof value === 'string')) return values
  throw refuse('when using JSON array syntax, arrays must be comprised of strings only')
}

function parsePrefix(text: string): unknown[] | null {
  const end = endOfArray(text)
  if (end < 0) return null
  try {
    const value: unknown = JSON.parse(text.slice(0, end))
    return Array.isArray(value) ? value : null
  } catch {
    // Not JSON: Docker reads it as words, or as a command for the shell.
    return null
  }
}

/** Where the bracket that closes the first one ends, or -1. */
function endOfArray(text: string): number {
  let depth = 0
  let inString = false
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (inString) {
      if (character === '\\') at++
      else if (character === '"') inString = false
    } else if (character === '"') inString = true
    else if (character === '[') depth++
    else if (character === ']' && --depth === 0) return at + 1
  }
  return -1
}
