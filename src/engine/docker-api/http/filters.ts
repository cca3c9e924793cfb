/** The `filters` query of Docker's lists: `{"label":["a=b"]}`, or `{"label":{"a=b":true}}`. */
import { z } from 'zod'
import { ApiError } from './errors'

const schema = z.record(
  z.string(),
  z.union([z.array(z.string()), z.record(z.string(), z.boolean())]),
)

export class Filters {
  private constructor(private readonly values: ReadonlyMap<string, readonly string[]>) {}

  /** @throws ApiError 400 for what is no filter, or one whose name is not among `accepted`. */
  static parse(text: string, accepted?: readonly string[]): Filters {
    if (text === '') return new Filters(new Map())
    let raw: unknown
    try {
      raw = JSON.parse(text)
    } catch (cause) {
      throw new ApiError(400, `invalid filter: ${(cause as Error).message}`)
    }
    const parsed = schema.safeParse(raw)
    if (!parsed.success) throw new ApiError(400, 'invalid filter')
    const values = new Map<string, string[]>()
    for (const [key, value] of Object.entries(parsed.data)) {
      if (accepted && !accepted.includes(key)) throw new ApiError(400, `Invalid filter '${key}'`)
      values.set(key, Array.isArray(value) ? value : Object.keys(value))
    }
    return new Filters(values)
  }

  /** Nothing is filtered by. */
  get empty(): boolean {
    return this.values.size === 0
  }

  get(key: string): readonly string[] {
    return this.values.get(key) ?? []
  }

  has(key: string): boolean {
    return this.get(key).length > 0
  }

  /** No such filter, or one of its values is this very text. */
  exact(key: string, text: string): boolean {
    return !this.has(key) || this.get(key).includes(text)
  }

  /** No such filter, or the text equals a value or matches it as a regular expression. */
  match(key: string, text: string): boolean {
    return !this.has(key) || this.get(key).some((value) => value === text || matches(value, text))
  }

  /** No such filter, or the text begins with one of its values. */
  prefix(key: string, text: string): boolean {
    return !this.has(key) || this.get(key).some((value) => text.startsWith(value))
  }

  /** Every `key` or `key=value` of the filter is among the labels. */
  labels(key: string, labels: Readonly<Record<string, string>> | null): boolean {
    return this.get(key).every((wanted) => hasLabel(labels, wanted))
  }

  /** What prunes go by: every `label` is there, and not every one of `label!`. */
  allowsLabels(labels: Readonly<Record<string, string>> | null): boolean {
    if (!this.labels('label', labels)) return false
    return !this.has('label!') || !this.labels('label!', labels)
  }

  /**
   * A filter that is true or false (both: true); null when it is not given. @throws ApiError 400.
   * @param digits whether 1 and 0 will do
   */
  boolean(key: string, { digits = true } = {}): boolean | null {
    const values = this.get(key)
    if (values.length === 0) return null
    const has = (word: string, digit: string) =>
      values.includes(word) || (digits && values.includes(digit))
    if (has('true', '1')) return true
    if (has('false', '0')) return false
    throw new ApiError(400, `Invalid filter '${key}=[${values.join(' ')}]'`)
  }
}

/** Whether labels hold `key`, or `key=value`. */
export function hasLabel(labels: Readonly<Record<string, string>> | null, wanted: string): boolean {
  const at = wanted.indexOf('=')
  const key = at < 0 ? wanted : wanted.slice(0, at)
  if (labels === null || !Object.hasOwn(labels, key)) return false
  return at < 0 || labels[key] === wanted.slice(at + 1)
}

function matches(expression: string, text: string): boolean {
  try {
    return new RegExp(expression).test(text)
  } catch {
    return false
  }
}
