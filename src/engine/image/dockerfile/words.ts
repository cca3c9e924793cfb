/**
 * Words of a Dockerfile: quotes, escapes and variables (moby/buildkit frontend/dockerfile/shell).
 * `$name`, `${name}`, `${name:-default}` and `${name:+alternative}` are known; an unset name is "".
 */
import { refuse } from './parse'

/** The value of a variable, or undefined when it is not set. */
export type Lookup = (name: string) => string | undefined

/** One word with its quotes taken off and its variables filled in. */
export function expandWord(word: string, lookup: Lookup, escape = '\\'): string {
  return new WordReader(word, lookup, escape).read().join(' ')
}

/** The same, cut at the spaces that stand outside of quotes (also those that a variable brings). */
export function expandWords(text: string, lookup: Lookup, escape = '\\'): string[] {
  return new WordReader(text, lookup, escape).read(true)
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
    if (character === escape && quote !== "'" && at + 1 < text.length) {
      word += character + text[++at]
      continue
    }
    if (quote === character) quote = ''
    else if (quote === '' && (character === '"' || character === "'")) quote = character
    word += character
  }
  if (word !== '') words.push(word)
  return words
}

class WordReader {
  #at = 0

  constructor(
    readonly text: string,
    readonly lookup: Lookup,
    readonly escape: string,
  ) {}

  /** With `split`, a list of words; else one. */
  read(split = false): string[] {
    const words: string[] = []
    let word: string | null = null
    while (this.#at < this.text.length) {
      const character = this.text[this.#at] as string
      if (split && /\s/.test(character)) {
        if (word !== null) words.push(word)
        word = null
        this.#at++
      } else if (character === "'" || character === '"') {
        word = (word ?? '') + (character === "'" ? this.#single() : this.#double())
      } else if (character === '$') {
        const value = this.#variable()
        if (!split) word = (word ?? '') + value
        else word = this.#spread(words, word, value)
      } else {
        word = (word ?? '') + this.#plain(character)
      }
    }
    if (word !== null) words.push(word)
    return words
  }

  #spread(words: string[], word: string | null, value: string): string | null {
    const parts = value.split(/\s+/)
    const last = parts.pop() ?? ''
    let open = word
    for (const part of parts) {
      const done: string = (open ?? '') + part
      if (done !== '') words.push(done)
      open = null
    }
    return last === '' ? open : (open ?? '') + last
  }

  #plain(character: string): string {
    this.#at++
    if (character !== this.escape) return character
    if (this.#at >= this.text.length) return this.escape
    return this.text[this.#at++] as string
  }

  #single(): string {
    const end = this.text.indexOf("'", this.#at + 1)
    if (end < 0) throw refuse('unexpected end of statement while looking for matching single-quote')
    const inside = this.text.slice(this.#at + 1, end)
    this.#at = end + 1
    return inside
  }

  #double(): string {
    let inside = ''
    this.#at++
    for (;;) {
      const character = this.text[this.#at]
      if (character === undefined)
        throw refuse('unexpected end of statement while looking for matching double-quote')
      if (character === '"') break
      if (character === '$') {
        inside += this.#variable()
        continue
      }
      this.#at++
      if (character !== this.escape) {
        inside += character
        continue
      }
      const next = this.text[this.#at]
      if (next === undefined) continue
      // Within double quotes the escape holds for these only.
      inside += next === '"' || next === '$' || next === this.escape ? next : this.escape + next
      this.#at++
    }
    this.#at++
    return inside
  }

  #variable(): string {
    this.#at++
    if (this.text[this.#at] !== '{') {
      const name = /^(?:[A-Za-z_]\w*|\d|[@*#?$!-])/.exec(this.text.slice(this.#at))?.[0]
      if (name === undefined) return '$'
      this.#at += name.length
      return this.lookup(name) ?? ''
    }
    const head = /^\{(\w*)(:[-+?]|\})?/.exec(this.text.slice(this.#at))
    const [whole = '', name = '', operator] = head ?? []
    if (name === '' || operator === undefined) throw refuse('bad substitution')
    this.#at += whole.length
    const value = this.lookup(name)
    if (operator === '}') return value ?? ''
    const word = this.#untilBrace()
    if (operator === ':+') return value ? word : ''
    if (value) return value
    if (operator === ':?') throw refuse(`${name}: ${word || 'not set'}`)
    return word
  }

  /** The word inside `${name:-word}`, which may have variables of its own. */
  #untilBrace(): string {
    let word = ''
    for (;;) {
      const character = this.text[this.#at]
      if (character === undefined)
        throw refuse("unexpected end of statement while looking for matching '}'")
      if (character === '}') break
      if (character === '$') word += this.#variable()
      else if (character === "'") word += this.#single()
      else if (character === '"') word += this.#double()
      else word += this.#plain(character)
    }
    this.#at++
    return word
  }
}
