/** Errors as HTTP answers: a status and Docker's `{"message"}`. */
import { LaminaError, sentence, toAppError, type AppError, type ErrorCode } from '@shared/errors'

/** An answer that is an error, in Docker's own words. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options)
    this.name = 'ApiError'
  }
}

const STATUS: Partial<Record<ErrorCode, number>> = {
  invalid_input: 400,
  reference_invalid: 400,
  not_found: 404,
  conflict: 409,
  name_in_use: 409,
  name_impossible: 400,
  engine_cannot_run: 501,
  manifest_unknown: 404,
  registry_unauthorized: 401,
  registry_login_required: 401,
  registry_login_expired: 401,
  registry_denied: 403,
  registry_denied_missing: 403,
  registry_denied_rights: 403,
  registry_delete_refused: 403,
  one_platform_only: 400,
  registry_rate_limited: 429,
}

export interface ErrorAnswer {
  status: number
  /** For the CLI's user: Docker's wording where there is one. */
  message: string
  /** The same error for Lamina's own client. */
  error?: AppError
}

/**
 * What is thrown anywhere below a route, as an answer. A LaminaError may carry Docker's own wording
 * in its parameter `docker`; otherwise its English sentences are the message.
 */
export function toAnswer(thrown: unknown): ErrorAnswer {
  if (thrown instanceof ApiError) return { status: thrown.status, message: thrown.message }
  const error = toAppError(thrown)
  const status = STATUS[error.code] ?? 500
  return { status, message: dockerMessage(thrown), error }
}

/** The one line for the CLI's user. */
function dockerMessage(thrown: unknown): string {
  if (!(thrown instanceof LaminaError)) {
    return thrown instanceof Error ? thrown.message : String(thrown)
  }
  if (thrown.params.docker !== undefined) return thrown.params.docker
  const { what, next } = sentence(thrown, 'en')
  return `${what} ${next}`
}
