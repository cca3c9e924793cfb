/**
 * Reads a Dockerfile into instructions, as the classic builder does (moby/buildkit
 * frontend/dockerfile/parser): comments, continuation lines, the escape directive, flags.
 */
import { LaminaError } from '@shared/errors'

export interface Instruction {
  /** Uppercase: "COPY". */
  name: string
  /** As it was written: "copy". */
  written: string
  /** What stands before the arguments: `--from=build`, without the dashes. */
  flags: string[]
  /** The rest of the line, trimmed. */
  rest: string
  /** The whole instruction on one line, as history shows it. */
  original: string
  /** Where it begins, 1 for the first line. */
  line: number
}

export interface Dockerfile {
  instructions: Instruction[]
  escape: '\\' | '`'
}

const DIRECTIVE = /^#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$/

/** @throws LaminaError invalid_input in the builder's words */
export function parseDockerfile(text: string): Dockerfile {
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/)
  const escape = readEscape(lines)
  const instructions: Instruction[] = []
  let pending = ''
  let start = 0
  lines.forEach((line, index) => {
    const bare = line.trimStart()
    // A comment or an empty line inside a continued instruction is passed over.
    if (bare.startsWith('#') || (bare === '' && pending === '')) return
    if (pending === '') start = index + 1
    const continued = continues(line, escape)
    pending += continued === null ? line : continued
    if (continued !== null || (bare === '' && pending.trim() === '')) return
    instructions.push(readInstruction(pending.trim(), start))
    pending = ''
  })
  if (pending.trim() !== '') instructions.push(readInstruction(pending.trim(), start))
  return { instructions, escape }
}

/** The line without its trailing escape, or null when it ends the instruction. */
function continues(line: string, escape: string): string | null {
  const trimmed = line.replace(/[ \t]+$/, '')
  return trimmed.endsWith(escape) ? trimmed.slice(0, -1) : null
}

function readEscape(lines: string[]): '\\' | '`' {
  for (const line of lines) {
    const directive = DIRECTIVE.exec(line)
    if (!directive) break
    if (directive[1]?.toLowerCase() !== 'escape') continue
    if (directive[2] === '`' || directive[2] === '\\') return directive[2]
    throw refuse(`invalid ESCAPE '${directive[2]}'. Must be \` or \\`)
  }
  return '\\'
}

function readInstruction(text: string, line: number): Instruction {
  const [, written = '', tail = ''] = /^(\S+)\s*([\s\S]*)$/.exec(text) ?? []
  const flags: string[] = []
  let rest = tail
  for (;;) {
    const flag = /^--([^\s=]+(?:=(?:"[^"]*"|'[^']*'|\S)*)?)(?:\s+|$)/.exec(rest)
    if (!flag) break
    flags.push((flag[1] as string).replace(/=(["'])([\s\S]*)\1$/, '=$2'))
    rest = rest.slice(flag[0].length)
  }
  return { name: written.toUpperCase(), written, flags, rest: rest.trim(), original: text, line }
}

export function refuse(reason: string): LaminaError {
  return new LaminaError('invalid_input', { field: 'Dockerfile', reason, docker: reason })
}

/** The strings of a JSON array (`["a", "b"]`), or null when it is none: then it is the shell form. */
export function jsonForm(rest: string): string[] | null {
  if (!rest.startsWith('[')) return null
  try {
    const value: unknown = JSON.parse(rest)
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value
  } catch {
    // Not JSON: Docker reads it as a command for the shell.
  }
  return null
}
