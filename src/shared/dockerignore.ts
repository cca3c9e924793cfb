/**
 * `.dockerignore` as docker reads it (moby builder/remotecontext/detect.go, pkg/fileutils, buildkit
 * dockerignore). Who sends a context leaves out what it says; the engine decides only whether
 * `.dockerignore` and the Dockerfile themselves go.
 */
import { globExpression } from './glob'

interface Pattern {
  /** Without `!`, `./` and a slash at either end. */
  text: string
  expression: RegExp
  /** How many parts it has. */
  depth: number
  negated: boolean
}

/** What a `.dockerignore` leaves out. Paths are relative to the context, separated by `/`. */
export interface IgnoreRules {
  /** Whether the last pattern that holds for a path (or a folder above it) leaves it out. */
  ignores(path: string): boolean
  /** Of an ignored folder: whether a `!` pattern may bring back something below it. */
  bringsBackBelow(folder: string): boolean
}

/** Rules that can never be met: what docker takes a file with a malformed pattern for. */
const NONE: IgnoreRules = { ignores: () => false, bringsBackBelow: () => false }

/** Reads the text of a `.dockerignore`; null when a pattern cannot be read. */
function readIgnore(text: string): IgnoreRules | null {
  const patterns = readPatterns(text)
  if (!patterns) return null
  const negated = patterns.filter((pattern) => pattern.negated)
  return {
    ignores: (path) => {
      const folders = path.split('/').slice(0, -1)
      let ignored = false
      for (const { expression, depth, negated: back } of patterns) {
        const matches =
          expression.test(path) ||
          (folders.length >= depth && expression.test(folders.slice(0, depth).join('/')))
        if (matches) ignored = !back
      }
      return ignored
    },
    bringsBackBelow: (folder) => negated.some(({ text }) => `${text}/`.startsWith(`${folder}/`)),
  }
}

/** Whether a `.dockerignore` leaves a path out; one that cannot be read leaves out nothing. */
export function isIgnored(path: string, text: string): boolean {
  return (readIgnore(text) ?? NONE).ignores(path)
}

/**
 * What the client leaves out of a context: `.dockerignore` and the Dockerfile are always sent, for
 * the engine needs them (docker/cli cli/command/image/build/dockerignore.go).
 */
export function contextRules(text: string, dockerfile: string): IgnoreRules | null {
  const rules = readIgnore(text)
  if (!rules) return null
  const needed = ['.dockerignore', normal(dockerfile)].filter((path) => rules.ignores(path))
  return readIgnore([text, ...needed.map((path) => `!${path}`)].join('\n'))
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
    patterns.push({ text: pattern, expression, depth: pattern.split('/').length, negated })
  }
  return patterns
}

/** Go's filepath.Clean, without a leading slash. */
function normal(pattern: string): string {
  const rooted = pattern.startsWith('/')
  const parts: string[] = []
  for (const part of pattern.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.length > 0 && parts.at(-1) !== '..') parts.pop()
    else if (!rooted) parts.push(part)
  }
  return parts.join('/') || (rooted ? '/' : '.')
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
