/** One instruction, its arguments cut as its form wants it (moby/buildkit parser/line_parsers.go). */
import { jsonArray } from './json-array'
import { refuse } from './refuse'
import { splitCommand } from './split-command'
import { splitWords } from './words'

export interface Instruction {
  /** Uppercase: "COPY". */
  name: string
  /** As it was written: "copy". */
  written: string
  /** What stands before the arguments: `--from=build`, without the dashes. */
  flags: string[]
  /** The rest of the line, trimmed. */
  rest: string
  /** Its arguments as its form cuts them; of ENV and LABEL names and values in turn. */
  args: string[]
  /** The arguments stand in a JSON array. */
  json: boolean
  /** The whole instruction on one line, as history and the builder's steps show it. */
  original: string
  /** Where it begins, 1 for the first line. */
  line: number
}

/** @throws LaminaError invalid_input in the builder's words */
export function readInstruction(text: string, line: number, escape: string): Instruction {
  const { written, flags, rest } = splitCommand(text)
  const name = written.toUpperCase()
  const { args, json } = argumentsOf(name, rest, escape)
  return { name, written, flags, rest, args, json, original: text.trim(), line }
}

interface Arguments {
  args: string[]
  json: boolean
}

type Cut = (rest: string, escape: string, name: string) => Arguments

const FORMS: Record<string, Cut> = {
  ADD: listForm,
  ARG: (rest, escape) => plain(splitWords(rest, escape)),
  CMD: commandForm,
  COPY: listForm,
  ENTRYPOINT: commandForm,
  ENV: namedValues,
  EXPOSE: (rest) => plain(spaced(rest)),
  FROM: (rest) => plain(spaced(rest)),
  HEALTHCHECK: healthForm,
  LABEL: namedValues,
  MAINTAINER: whole,
  ONBUILD: triggerForm,
  RUN: commandForm,
  SHELL: commandForm,
  STOPSIGNAL: whole,
  USER: whole,
  VOLUME: listForm,
  WORKDIR: whole,
}

function argumentsOf(name: string, rest: string, escape: string): Arguments {
  const cut = Object.hasOwn(FORMS, name) ? FORMS[name] : undefined
  return cut ? cut(rest, escape, name) : whole(rest)
}

function plain(args: string[]): Arguments {
  return { args, json: false }
}

function whole(rest: string): Arguments {
  return plain(rest === '' ? [] : [rest])
}

/** Quotes mean nothing here: `"a b"` is two words. */
function spaced(rest: string): string[] {
  return rest === '' ? [] : rest.split(/[\t\v\f\r ]+/)
}

function listForm(rest: string): Arguments {
  return jsonForm(rest) ?? plain(spaced(rest))
}

function commandForm(rest: string): Arguments {
  return jsonForm(rest) ?? whole(rest)
}

/** `name=value …`, or the old form `name value`. */
function namedValues(rest: string, escape: string, name: string): Arguments {
  const words = splitWords(rest, escape)
  if (words.length === 0) return plain([])
  if (!words[0]?.includes('=')) {
    const [, key = '', value] = /^([^\t\v\f\r ]+)[\t\v\f\r ]+([\s\S]*)$/.exec(rest) ?? []
    if (value === undefined) throw refuse(`${name} must have two arguments`)
    return plain([key, value])
  }
  const pairs = words.map((word) => {
    const at = word.indexOf('=')
    if (at >= 0) return [word.slice(0, at), word.slice(at + 1)]
    const shown = JSON.stringify(word)
    throw refuse(`Syntax error - can't find = in ${shown}. Must be of the form: name=value`)
  })
  return plain(pairs.flat())
}

function healthForm(rest: string): Arguments {
  const [, kind = '', command = ''] = /^(\S+)\s*([\s\S]*)$/.exec(rest) ?? []
  if (kind === '') return plain([])
  const { args, json } = commandForm(command)
  return { args: [kind, ...args], json }
}

function triggerForm(rest: string, escape: string): Arguments {
  if (rest === '') return plain([])
  const { name, args } = readInstruction(rest, 0, escape)
  return plain([name, ...args])
}

function jsonForm(rest: string): Arguments | null {
  const args = jsonArray(rest)
  return args && { args, json: true }
}
