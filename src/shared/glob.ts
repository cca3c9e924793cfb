/** Patterns of COPY, ADD and .dockerignore: Go’s filepath.Match. */

export function hasWildcards(name: string): boolean {
  for (let at = 0; at < name.length; at++) {
    const character = name[at] as string
    if (character === '\\') at++
    else if (character === '*' || character === '?' || character === '[') return true
  }
  return false
}

/** The pattern as an expression, or null when it cannot be read: then nothing matches it. */
export function globExpression(pattern: string): RegExp | null {
  const characters = [...pattern]
  let source = ''
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] as string
    if (character === '*') source += '[^/]*'
    else if (character === '?') source += '[^/]'
    else if (character === '[') {
      const group = readGroup(characters, at + 1)
      if (!group) return null
      source += group.source
      at = group.end
    } else if (character === '\\') {
      const escaped = characters[++at]
      if (escaped === undefined) return null
      source += literal(escaped)
    } else source += literal(character)
  }
  return new RegExp(`^${source}$`, 'su')
}

/** `[^a-z]`: one range at least, `-` and `]` only behind a backslash. Null: it cannot be read. */
function readGroup(
  characters: readonly string[],
  start: number,
): { source: string; end: number } | null {
  let at = start
  const negated = characters[at] === '^'
  if (negated) at++
  const take = (): string | null => {
    let character = characters[at++]
    if (character === '-' || character === ']') return null
    if (character === '\\') character = characters[at++]
    return character ?? null
  }
  let ranges = ''
  while (ranges === '' || characters[at] !== ']') {
    const low = take()
    if (low === null) return null
    let high: string | null = low
    if (characters[at] === '-') {
      at++
      high = take()
      if (high === null) return null
    }
    // Go has nothing between z and a, and no error either.
    if ((high.codePointAt(0) as number) < (low.codePointAt(0) as number)) ranges += '[]'
    else ranges += `[${inGroup(low)}-${inGroup(high)}]`
  }
  const any = `(?:${ranges.replaceAll('][', ']|[')})`
  return { source: negated ? `(?!${any})[^]` : any, end: at }
}

function inGroup(character: string): string {
  return `\\u{${(character.codePointAt(0) as number).toString(16)}}`
}

function literal(character: string): string {
  return character.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
}
