/**
 * `.dockerignore` as dockerd reads it: the client has left out the rest of the files, and only whether
 * `.dockerignore` and the Dockerfile themselves go is decided here (moby builder/remotecontext/detect.go,
 * pkg/fileutils, buildkit dockerignore).
 */
import { posix } from 'node:path'
import { globExpression } from './glob'

interface Pattern {
  expression: RegExp
  /** How many parts it has. */
  depth: number
  negated: boolean
}

/** Whether the last pattern that holds for a path (or a folder above it) leaves it out. */
export function isIgnored(path: string, patterns: string): boolean {
  const read = readPatterns(patterns)
  if (!read) return false
  const folders = path.split('/').slice(0, -1)
  let ignored = false
  for (const { expression, depth, negated } of read) {
    const matches =
      expression.test(path) ||
      (folders.length >= depth && expression.test(folders.slice(0, depth).join('/')))
    if (matches) ignored = !negated
  }
  return ignored
}

/** Null: one of them cannot be read, and then none holds. */
function readPatterns(text: string): Pattern[] | null {
  const patterns: Pattern[] = []
  for (const line of text.replace(/^\ufeff/, '').split(/\r?\n/)) {
    if (line.startsWith('#') || line.trim() === '') continue
    const negated = line.trim().startsWith('!')
    const bare = (negated ? line.trim().slice(1) : line).trim()
    if (bare === '') return null
    const pattern = normal(bare)
    // Its syntax is that of filepath.Match, but for `**`.
    const expression = globExpression(pattern) && toExpression(pattern)
    if (!expression) return null
    patterns.push({ expression, depth: pattern.split('/').length, negated })
  }
  return patterns
}

/** Go's filepath.Clean, without a leading slash. */
function normal(pattern: string): string {
  const clean = posix.normalize(pattern).replace(/(?<=.)\/$/, '')
  return clean.length > 1 && clean.startsWith('/') ? clean.slice(1) : clean
}

/** `**` stands for any number of folders; what has no meaning there goes to the expression as it is. */
function toExpression(pattern: string): RegExp | null {
  let source = ''
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] as string
    if (character === '*' && pattern[at + 1] === '*') {
      at++
      if (pattern[at + 1] === '/') at++
      source += at + 1 >= pattern.length ? '.*' : '(?:.*/)?'
    } else if (character === '*') source += '[^/]*'
    else if (character === '?') source += '[^/]'
    else if (character === '.' || character === '$') source += `\\${character}`
    else if (character === '\\') source += `\\${pattern[++at] ?? '\\'}`
    else source += character
  }
  try {
    return new RegExp(`^${source}$`, 's')
  } catch {
    // As a pattern that cannot be read.
    return null
  }
}
