/**
 * `WWW-Authenticate` as registries send it (RFC 9110, 11.6.1): several challenges in one header,
 * quoted values that hold commas (`scope="repository:a/b:push,pull"`), escapes, token68.
 */

export interface Challenge {
  /** Lower case: `bearer`, `basic`. */
  scheme: string
  /** Names in lower case. */
  params: Record<string, string>
}

/** A scheme: a word that stands alone, and not a parameter's name. */
const SCHEME = /[!#$%&'*+.^_`|~0-9A-Za-z-]+(?=[ \t,]|$)/y
const TOKEN68 = /[A-Za-z0-9._~+/-]+=*(?=\s*(?:,|$))/y
const SPACE = /[ \t]*/y
const SEPARATOR = /[ \t,]*/y
const PARAM =
  /([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s",=][^\s",]*))/y

/** Reads a header's challenges in order; what cannot be read ends the list and is left out. */
export function parseChallenges(header: string): Challenge[] {
  const challenges: Challenge[] = []
  let at = skip(SEPARATOR, header, 0)
  while (at < header.length) {
    const scheme = match(SCHEME, header, at)
    if (!scheme) break
    at = skip(SPACE, header, at + scheme[0].length)
    const challenge: Challenge = { scheme: scheme[0].toLowerCase(), params: {} }
    challenges.push(challenge)
    const token68 = match(PARAM, header, at) ? null : match(TOKEN68, header, at)
    if (token68) at += token68[0].length
    for (let param = match(PARAM, header, at); param; param = match(PARAM, header, at)) {
      const [whole, name = '', quoted, bare = ''] = param
      challenge.params[name.toLowerCase()] = quoted?.replace(/\\(.)/g, '$1') ?? bare
      at = skip(SEPARATOR, header, at + whole.length)
    }
    at = skip(SEPARATOR, header, at)
  }
  return challenges
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(text)
}

function skip(pattern: RegExp, text: string, at: number): number {
  return at + (match(pattern, text, at)?.[0].length ?? 0)
}
