/**
 * Reads a Dockerfile into instructions, as the classic builder does (moby/buildkit
 * frontend/dockerfile/parser/parser.go): comments, continuation lines, directives, flags, arguments.
 */
import { readInstruction, type Instruction } from './instruction'
import { refuse } from './refuse'

export type { Instruction } from './instruction'
export { jsonArray as jsonForm } from './json-array'
export { refuse } from './refuse'

export interface Dockerfile {
  instructions: Instruction[]
  escape: '\\' | '`'
  /** What the builder says about it in red, line by line. */
  warnings: string[]
}

const DIRECTIVE = /^#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$/
const KNOWN_DIRECTIVES = ['escape', 'syntax']
/** Go's bufio.MaxScanTokenSize. */
const MAX_LINE = 64 * 1024

/** @throws LaminaError invalid_input in the builder's words */
export function parseDockerfile(text: string): Dockerfile {
  const lines = text.replace(/^\ufeff/, '').split('\n')
  if (lines.at(-1) === '') lines.pop()
  const directives = new Directives()
  const instructions: Instruction[] = []
  const warnings: string[] = []
  const take = (at: number): string => {
    const line = (lines[at] as string).replace(/\r$/, '')
    if (Buffer.byteLength(line) < MAX_LINE) return line
    throw refuse(`dockerfile line greater than max allowed size of ${MAX_LINE - 1}`)
  }
  for (let at = 0; at < lines.length;) {
    const start = at + 1
    const first = take(at++).trimStart()
    directives.look(first)
    let { line, continued } = directives.join(first.startsWith('#') ? '' : first)
    if (!continued && line === '') continue
    let hasEmpty = false
    while (continued && at < lines.length) {
      const next = take(at++)
      directives.look(next)
      // Comments and empty lines inside of a continued instruction are passed over.
      if (next.trimStart().startsWith('#')) continue
      if (next.trim() === '') {
        hasEmpty = true
        continue
      }
      const more = directives.join(next)
      line += more.line
      continued = more.continued
    }
    if (hasEmpty) warnings.push(`[WARNING]: Empty continuation line found in:\n    ${line}`)
    instructions.push(readInstruction(line, start, directives.escape))
  }
  if (warnings.length > 0)
    warnings.push('[WARNING]: Empty continuation lines will become errors in a future release.')
  return { instructions, escape: directives.escape, warnings }
}

/** `# escape=` and `# syntax=` before anything else, and the lines that `escape` joins. */
class Directives {
  escape: '\\' | '`' = '\\'
  readonly #seen = new Set<string>()
  #done = false

  look(line: string): void {
    if (this.#done) return
    const [, name = '', value = ''] = DIRECTIVE.exec(line) ?? []
    const known = name.toLowerCase()
    if (!KNOWN_DIRECTIVES.includes(known)) {
      this.#done = true
      return
    }
    if (this.#seen.has(known)) throw refuse(`only one ${known} parser directive can be used`)
    this.#seen.add(known)
    if (known !== 'escape') return
    if (value !== '`' && value !== '\\')
      throw refuse(`invalid escape token '${value}' does not match \` or \\`)
    this.escape = value
  }

  /** The line without the escape at its end; one that is escaped itself joins nothing. */
  join(line: string): { line: string; continued: boolean } {
    const trimmed = line.replace(/[ \t]+$/, '')
    const continued = trimmed.endsWith(this.escape) && trimmed.at(-2) !== this.escape
    return continued ? { line: trimmed.slice(0, -1), continued } : { line, continued }
  }
}
