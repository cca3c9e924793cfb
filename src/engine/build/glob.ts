/** Patterns of COPY and ADD: Go's filepath.Match. */

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
  let source = ''
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] as string
    if (character === '*') source += '[^/]*'
    else if (character === '?') source += '[^/]'
    else if (character === '[') {
      const end = pattern.indexOf(']', at + 2)
      if (end < 0) return null
      const inside = pattern.slice(at + 1, end).replace(/\\(?!\\)/g, '\\\\')
      source += `[${inside}]`
      at = end
    } else {
      const literal = character === '\\' ? (pattern[++at] ?? '') : character
      source += literal.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
    }
  }
  try {
    return new RegExp(`^${source}$`, 'su')
  } catch {
    return null
  }
}
