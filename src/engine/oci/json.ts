/**
 * JSON from outside: at most 4 MiB, UTF-8, and no key twice in one object (two readers could see
 * two different documents under one digest).
 */
import { LaminaError } from '@shared/errors'
import type { z } from 'zod'

/** Largest manifest, index or config that is read, in bytes (distribution's own limit). */
export const MAX_DOCUMENT = 4 * 1024 * 1024

/** Deeper than any document of images stands; each level takes memory (Go's encoding/json: 10,000). */
const MAX_DEPTH = 200

const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * Parses and checks a document. `name` is what a person would call it ("manifest.json").
 * Throws `document_invalid`.
 */
export function parseDocument<T extends z.ZodType>(
  bytes: Buffer,
  schema: T,
  name: string,
): z.output<T> {
  const refuse = (reason: string, cause?: unknown) =>
    new LaminaError('document_invalid', { name, reason }, { cause })
  if (bytes.length > MAX_DOCUMENT) throw refuse(`larger than ${MAX_DOCUMENT} bytes`)
  let value: unknown
  let text: string
  try {
    text = utf8.decode(bytes)
    if (isTooDeep(text)) throw new SyntaxError(`nested deeper than ${MAX_DEPTH} levels`)
    value = JSON.parse(text)
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : String(error), error)
  }
  const duplicate = duplicateKey(text)
  if (duplicate !== null) throw refuse(`the key ${duplicate} stands twice in one object`)
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  throw refuse(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'unexpected'}`)
}

/** The first key that an object of this (valid) JSON text has twice, or null. */
export function duplicateKey(text: string): string | null {
  /** A set of keys for each open object, null for each open array. */
  const open: (Set<string> | null)[] = []
  let keyNext = false
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x7b: // {
        open.push(new Set())
        keyNext = true
        break
      case 0x5b: // [
        open.push(null)
        keyNext = false
        break
      case 0x7d: // }
      case 0x5d: // ]
        open.pop()
        keyNext = false
        break
      case 0x2c: // ,
        keyNext = open[open.length - 1] !== null
        break
      case 0x22: {
        const end = stringEnd(text, at)
        const keys = open[open.length - 1]
        if (keyNext && keys) {
          const key = JSON.parse(text.slice(at, end + 1)) as string
          if (keys.has(key)) return key
          keys.add(key)
          keyNext = false
        }
        at = end
      }
    }
  }
  return null
}

/** Whether lists and objects stand in one another beyond the limit; the text need not be valid. */
function isTooDeep(text: string): boolean {
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 0x22) at = stringEnd(text, at)
    else if (code === 0x5b || code === 0x7b) {
      if (++depth > MAX_DEPTH) return true
    } else if (code === 0x5d || code === 0x7d) depth--
  }
  return false
}

/** Index of the quote that ends the string which begins at `start`; the text's end without one. */
function stringEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 0x5c) at++
    else if (code === 0x22) return at
  }
  return text.length
}
