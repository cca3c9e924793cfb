/** Go's path.Match: `*` and `?` stop at slashes; `[a-z]`, `[^a]` and `\x` as usual. */

/**
 * What tells whether a whole text matches; null where Go could not read the pattern: a bracket is
 * open, or nothing follows the last backslash.
 */
export function pathPattern(pattern: string): RegExp | null {
  let source = ''
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] as string
    if (character === '*') source += '[^/]*'
    else if (character === '?') source += '[^/]'
    else if (character === '[') {
      const end = pattern.indexOf(']', at + 2)
      if (end < 0) return null
      const set = pattern.slice(at + 1, end).replace(/[\\\]]/g, '\\$&')
      source += `[${set}]`
      at = end
    } else {
      const literal = character === '\\' ? pattern[++at] : character
      if (literal === undefined) return null
      source += literal.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
    }
  }
  try {
    return new RegExp(`^${source}$`, 's')
  } catch {
    return null
  }
}
