/**
 * daemon.json as text: checked, and changed in one key with everything else left as it stands
 * (order, indentation, line ends, unknown keys). jsonc-parser makes the edits.
 */
import { applyEdits, modify, parseTree, type Node, type ParseError } from 'jsonc-parser'
import type { SettingsObstacle } from '@shared/doctor'

export type ListKey = 'insecure-registries' | 'registry-mirrors'

export interface FileFault {
  obstacle: Extract<SettingsObstacle, 'bom' | 'comments' | 'broken'>
  detail: string
}

/**
 * What keeps a file from being changed; null: nothing. dockerd takes plain JSON only, and what it
 * would not read is left to the person who wrote it. An empty file is none.
 */
export function faultOf(text: string): FileFault | null {
  if (text.charCodeAt(0) === 0xfe_ff) return { obstacle: 'bom', detail: 'U+FEFF' }
  if (text.trim() === '') return null
  const errors: ParseError[] = []
  const strict = parseTree(text, errors, { disallowComments: true })
  if (errors.length > 0) {
    const lenient: ParseError[] = []
    parseTree(text, lenient, { disallowComments: false })
    if (lenient.length === 0) return { obstacle: 'comments', detail: lineOf(text, errors[0]) }
  }
  try {
    JSON.parse(text)
  } catch (thrown) {
    const detail = thrown instanceof Error ? thrown.message : String(thrown)
    return { obstacle: 'broken', detail: `${detail} ${lineOf(text, errors[0])}`.trim() }
  }
  if (strict?.type !== 'object') return { obstacle: 'broken', detail: 'not a JSON object' }
  const names = keysOf(strict)
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  return twice === undefined
    ? null
    : { obstacle: 'broken', detail: `the key "${twice}" stands twice` }
}

/** A list of the file; null where it has none. Entries that are no text are left out. */
export function listOf(text: string, key: ListKey): string[] | null {
  if (text.trim() === '') return null
  const value: unknown = (JSON.parse(text) as Record<string, unknown>)[key]
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : null
}

/** The names of the top level. */
export function keysIn(text: string): string[] {
  return text.trim() === '' ? [] : Object.keys(JSON.parse(text) as object)
}

/** The text with one list set. A list that goes stays as `[]`: a reload keeps what is not named. */
export function withList(text: string, key: ListKey, values: readonly string[]): string {
  if (text.trim() === '') return `${JSON.stringify({ [key]: values }, null, 2)}\n`
  const formattingOptions = { ...indentationOf(text), eol: text.includes('\r\n') ? '\r\n' : '\n' }
  return applyEdits(text, modify(text, [key], [...values], { formattingOptions }))
}

function keysOf(root: Node): string[] {
  return (root.children ?? []).map((property) => String(property.children?.[0]?.value))
}

/** As the first indented line has it; two blanks where there is none. */
function indentationOf(text: string): { insertSpaces: boolean; tabSize: number } {
  const found = /\n([\t ]+)\S/.exec(text)?.[1] ?? '  '
  return found.startsWith('\t')
    ? { insertSpaces: false, tabSize: 4 }
    : { insertSpaces: true, tabSize: found.length }
}

function lineOf(text: string, error: ParseError | undefined): string {
  if (!error) return ''
  return `(line ${text.slice(0, error.offset).split('\n').length})`
}
