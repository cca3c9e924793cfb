/** `.dockerignore` on the engine's side: only whether the Dockerfile itself is left out (moby fileutils). */

/** Whether the last pattern that matches a path (or a folder above it) leaves it out. */
export function isIgnored(path: string, patterns: string): boolean {
  let ignored = false
  for (const line of patterns.replace(/^\ufeff/, '').split(/\r?\n/)) {
    if (line.startsWith('#')) continue
    const text = line.trim()
    const negated = text.startsWith('!')
    const pattern = clean(negated ? text.slice(1).trim() : text)
    if (pattern === '' || pattern === '.') continue
    const expression = toExpression(pattern)
    const above = path.split('/').map((_, index, all) => all.slice(0, index + 1).join('/'))
    if (above.some((part) => expression.test(part))) ignored = !negated
  }
  return ignored
}

function clean(pattern: string): string {
  const parts: string[] = []
  for (const part of pattern.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return parts.join('/')
}

/** Go's filepath.Match with `**` for any number of folders. */
function toExpression(pattern: string): RegExp {
  let source = ''
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] as string
    if (character === '*' && pattern[at + 1] === '*') {
      at++
      if (pattern[at + 1] === '/') at++
      source += at + 1 >= pattern.length ? '.*' : '(?:.*/)?'
    } else if (character === '*') source += '[^/]*'
    else if (character === '?') source += '[^/]'
    else if (character === '\\' && at + 1 < pattern.length)
      source += escape(pattern[++at] as string)
    else source += escape(character)
  }
  return new RegExp(`^${source}$`, 's')
}

function escape(character: string): string {
  return character.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
}
