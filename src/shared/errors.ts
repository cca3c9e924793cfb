/**
 * Errors as values. An error crosses every border as a code, parameters for the sentence, and the raw
 * cause. The sentence and the next step come from the table, in zh and en.
 */
import type { Sentences } from './error-row'
import { ERRORS } from './error-table'

export type ErrorCode = keyof typeof ERRORS

/** An error as it crosses borders. */
export interface AppError {
  code: ErrorCode
  params: Record<string, string>
  /** The message underneath, untranslated, for the details and for a report. */
  cause: string | null
}

/** Thrown inside a process; turned into an `AppError` at its border. */
export class LaminaError extends Error {
  constructor(
    readonly code: ErrorCode,
    readonly params: Record<string, string> = {},
    options?: { cause?: unknown },
  ) {
    super(sentence({ code, params }, 'en').what, options)
    this.name = 'LaminaError'
  }

  toJSON(): AppError {
    const cause = this.cause
    return {
      code: this.code,
      params: this.params,
      cause: cause === undefined ? null : cause instanceof Error ? cause.message : String(cause),
    }
  }
}

/** What is thrown, as a value: known errors keep their code, anything else is `internal`. */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof LaminaError) return thrown.toJSON()
  const message = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
  return { code: 'internal', params: {}, cause: message }
}

/** The other way: an error that came across a border, to be thrown on this side. */
export function fromAppError({ code, params, cause }: AppError): LaminaError {
  return new LaminaError(code, params, cause === null ? undefined : { cause })
}

/** The sentence and the next step for a person. */
export function sentence(
  error: Pick<AppError, 'code' | 'params'>,
  language: 'zh' | 'en',
): Sentences {
  const { what, next } = ERRORS[error.code][language]
  const fill = (text: string) =>
    text.replace(/\{(\w+)\}/g, (whole, name: string) => error.params[name] ?? whole)
  return { what: fill(what), next: fill(next) }
}
