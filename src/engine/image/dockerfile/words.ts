/**
 * Words of a Dockerfile: quotes, escapes and variables (moby/buildkit frontend/dockerfile/shell/lex.go).
 * `$name`, `${name}`, `${name:-default}`, `${name:+alternative}` and `${name:?message}` are known; an
 * unset name is "".
 */
import { refuse } from './refuse'

/** The value of a variable, or undefined when it is not set. */
export type Lookup = (name: string) => string | undefined

/**
 * One word with its quotes taken off and its variables filled in.
 * @throws LaminaError invalid_input in the builder's words
 */
export function expandWord(word: string, lookup: Lookup, escape = '\\'): string {
  return new WordReader(word, lookup, escape).read().text
}

/** The same, cut at the spaces that stand outside of quotes (also those that a variable brings). */
export function expandWords(text: string, lookup: Lookup, escape = '\\'): string[] {
  return new WordReader(text, lookup, escape).read().words
}

/** Cuts at spaces outside of quotes and keeps quotes and variables as they are. */
export function splitWords(text: string, escape = '\\'): string[] {
  const words: string[] = []
  let word = ''
  let quote = ''
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string
    if (quote === '' && /\s/.test(character)) {
      if (word !== '') words.push(word)
      word = ''
      continue
    }
    if (character === escape && quote !== "'") {
      // One at the very end escapes nothing.
      if (at + 1 < text.length) word += character + text[++at]
      continue
    }
    if (quote === character) quote = ''
    else if (quote === '' && (character === '"' || character === "'")) quote = character
    word += character
  }
  if (word !== '') words.push(word)
  return words
}

/** What has been read: as one text, and cut into words. */
class Read {
  text = ''
  readonly words: string[] = []
  #word = ''

  /** Characters that may end a word. */
  add(text: string): void {
    this.text += text
    for (const character of text) {
      if (/\s/.test(character)) this.#end()
      else this.#word += character
    }
  }

  /** What was quoted or escaped: a space is a character like any other. */
  addQuoted(text: string): void {
    this.text += text
    this.#word += text
  }

  ended(): this {
    this.#end()
    return this
  }

  #end(): void {
    if (this.#word !== '') this.words.push(this.#word)
    this.#word = ''
  }
}

/** Characters that variables bring into one word: Linux takes no longer string (MAX_ARG_STRLEN). */
const MAX_EXPANDED = 128 * 1024
/** Longest name of a variable that is looked for. */
const MAX_NAME = 1024

/** Parameters of a shell that are one character. */
const SPECIAL = '@*#?-$!'

class WordReader {
  readonly #source: string
  readonly #characters: string[]
  readonly #lookup: Lookup
  readonly #escape: string
  #at = 0
  #expanded = 0

  constructor(text: string, lookup: Lookup, escape: string) {
    this.#source = text
    this.#characters = [...text]
    this.#lookup = lookup
    this.#escape = escape
  }

  read(): Read {
    try {
      return this.#until(null)
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      throw refuse(
        `failed to process ${JSON.stringify(this.#source.slice(0, MAX_NAME))}: ${error.message}`,
      )
    }
  }

  #until(stop: string | null): Read {
    const read = new Read()
    for (let next = this.#peek(); next !== undefined; next = this.#peek()) {
      if (next === stop) {
        this.#at++
        return read.ended()
      }
      if (next === "'") read.addQuoted(this.#single())
      else if (next === '"') read.addQuoted(this.#double())
      else if (next === '$') read.add(this.#variable())
      else {
        this.#at++
        if (next !== this.#escape) read.add(next)
        // One at the very end escapes nothing.
        else if (this.#peek() !== undefined) read.addQuoted(this.#next() as string)
      }
    }
    if (stop === null) return read.ended()
    throw new SyntaxError(`unexpected end of statement while looking for matching ${stop}`)
  }

  #single(): string {
    const end = this.#characters.indexOf("'", this.#at + 1)
    if (end < 0)
      throw new SyntaxError('unexpected end of statement while looking for matching single-quote')
    const inside = this.#characters.slice(this.#at + 1, end).join('')
    this.#at = end + 1
    return inside
  }

  #double(): string {
    let inside = ''
    this.#at++
    for (let next = this.#peek(); next !== '"'; next = this.#peek()) {
      if (next === undefined)
        throw new SyntaxError('unexpected end of statement while looking for matching double-quote')
      if (next === '$') {
        inside += this.#variable()
        continue
      }
      this.#at++
      if (next !== this.#escape) {
        inside += next
        continue
      }
      const escaped = this.#peek()
      if (escaped === undefined) continue
      // Within double quotes the escape holds for these only.
      const holds = escaped === '"' || escaped === '$' || escaped === this.#escape
      inside += holds ? this.#next() : this.#escape
    }
    this.#at++
    return inside
  }

  #variable(): string {
    const value = this.#substituted()
    this.#expanded += value.length
    if (this.#expanded > MAX_EXPANDED) {
      throw new SyntaxError(
        `the variables in it are too long (more than ${MAX_EXPANDED} characters)`,
      )
    }
    return value
  }

  #substituted(): string {
    this.#at++
    if (this.#peek() !== '{') {
      const name = this.#name()
      return name === '' ? '$' : (this.#lookup(name) ?? '')
    }
    this.#at++
    const first = this.#peek()
    if (first === undefined) throw new SyntaxError("syntax error: missing '}'")
    if (first === '{' || first === '}' || first === ':')
      throw new SyntaxError('syntax error: bad substitution')
    const name = this.#name()
    const operator = this.#next()
    if (operator === '}') return this.#lookup(name) ?? ''
    if (operator === '?') return this.#required(name, this.#word(), false)
    if (operator !== ':') throw new SyntaxError("missing ':' in substitution")
    const modifier = this.#next() ?? ''
    const word = this.#word()
    const value = this.#lookup(name) ?? ''
    switch (modifier) {
      case '+':
        return value === '' ? '' : word
      case '-':
        return value === '' ? word : value
      case '?':
        return this.#required(name, word, true)
      default:
        throw new SyntaxError(`unsupported modifier (${modifier}) in substitution`)
    }
  }

  #required(name: string, message: string, alsoEmpty: boolean): string {
    const value = this.#lookup(name)
    if (value === undefined)
      throw new SyntaxError(`${name}: ${message || 'is not allowed to be unset'}`)
    if (value === '' && alsoEmpty)
      throw new SyntaxError(`${name}: ${message || 'is not allowed to be empty'}`)
    return value
  }

  /** The word inside `${name:-word}`, which may have variables of its own. */
  #word(): string {
    try {
      return this.#until('}').text
    } catch (error) {
      if (this.#peek() === undefined) throw new SyntaxError("syntax error: missing '}'")
      throw error
    }
  }

  #name(): string {
    const rest = this.#characters.slice(this.#at, this.#at + MAX_NAME).join('')
    const name = /^(?:\p{Nd}+|[\p{L}_][\p{L}\p{Nd}_]*)/u.exec(rest)?.[0]
    if (name !== undefined) {
      this.#at += [...name].length
      return name
    }
    const next = this.#peek()
    if (next === undefined || !SPECIAL.includes(next)) return ''
    this.#at++
    return next
  }

  #peek(): string | undefined {
    return this.#characters[this.#at]
  }

  #next(): string | undefined {
    return this.#characters[this.#at++]
  }
}
