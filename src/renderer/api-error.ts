import type { AppError } from '@shared/errors'

/** A call that ended in an error of the table; show it with `ErrorNotice`. */
export class ApiError extends Error {
  constructor(readonly error: AppError) {
    super(`${error.code}${error.cause === null ? '' : `: ${error.cause}`}`)
    this.name = 'ApiError'
  }
}

/** Whatever was thrown, as an error that `ErrorNotice` can show. */
export function asAppError(thrown: unknown): AppError {
  if (thrown instanceof ApiError) return thrown.error
  const cause = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
  return { code: 'internal', params: {}, cause }
}

/** Whether the user (or the page that was left) asked for the end. */
export function isCancelled(thrown: unknown): boolean {
  return thrown instanceof ApiError && thrown.error.code === 'cancelled'
}
