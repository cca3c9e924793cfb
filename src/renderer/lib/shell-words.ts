/** Words of a POSIX shell: quoting for commands that are shown, splitting for commands typed. */

const PLAIN = /^[A-Za-z0-9_@%+=:,./-]+$/

/** A word so that sh, bash and zsh read it back unchanged. */
export function quoteWord(word: string): string {
  if (PLAIN.test(word)) return word
  return `'${word.replaceAll("'", `'\\''`)}'`
}

export function quoteWords(words: readonly string[]): string {
  return words.map(quoteWord).join(' ')
}

/**
 * Splits a line as `sh` does, without expansions: blanks separate, single quotes keep all, double
 * quotes keep all but `\"`, `\\`, `\$` and `` \` ``, a backslash keeps the next character.
 * Null when a quote is not closed (or a backslash ends the line).
 */
export function splitWords(line: string): string[] | null {
  const words: string[] = []
  let word: string | null = null
  let quote: "'" | '"' | null = null
  for (let i = 0; i < line.length; i++) {
    const char = line.charAt(i)
    if (quote === "'") {
      if (char === "'") quote = null
      else word += char
    } else if (char === '\\') {
      const next = line.charAt(++i)
      if (next === '') return null
      const kept: string = quote === '"' && !'"\\$`'.includes(next) ? `\\${next}` : next
      word = (word ?? '') + kept
    } else if (quote === '"') {
      if (char === '"') quote = null
      else word += char
    } else if (char === "'" || char === '"') {
      quote = char
      word ??= ''
    } else if (/\s/.test(char)) {
      if (word !== null) words.push(word)
      word = null
    } else {
      word = (word ?? '') + char
    }
  }
  if (quote !== null) return null
  if (word !== null) words.push(word)
  return words
}
