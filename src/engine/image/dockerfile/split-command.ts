/** An instruction as its word, its flags and the rest (moby/buildkit parser/split_command.go). */

export interface SplitCommand {
  written: string
  /** Without the dashes; quotes and backslashes are taken off. */
  flags: string[]
  rest: string
}

export function splitCommand(line: string): SplitCommand {
  const [, written = '', tail = ''] =
    /^([^\t\v\f\r ]+)(?:[\t\v\f\r ]+([\s\S]*))?$/.exec(line.trim()) ?? []
  const flags: string[] = []
  let at = 0
  for (;;) {
    while (at < tail.length && isSpace(tail[at])) at++
    if (!tail.startsWith('--', at)) break
    const flag = readFlag(tail, at)
    at = flag.end
    // "--" alone ends them.
    if (flag.text === '--') break
    flags.push(flag.text.slice(2))
  }
  return { written, flags, rest: tail.slice(at).trim() }
}

function readFlag(line: string, start: number): { text: string; end: number } {
  let text = ''
  let quote: string | null = null
  let at = start
  for (; at < line.length; at++) {
    const character = line[at] as string
    if (quote === null && isSpace(character)) break
    if (character === quote) quote = null
    else if (quote === null && (character === "'" || character === '"')) quote = character
    else if (character === '\\') text += line[++at] ?? ''
    else text += character
  }
  return { text, end: at }
}

function isSpace(character: string | undefined): boolean {
  return character !== undefined && /\s/.test(character)
}
