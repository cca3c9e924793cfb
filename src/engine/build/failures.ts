/** Errors of a build: what went wrong inside stands behind what was being done. */
import { LaminaError, type ErrorCode } from '@shared/errors'
import { refused } from '../container/wording'

/** The sentence of an error for the builder's own line. */
export function messageOf(error: unknown): string {
  if (error instanceof LaminaError) return error.params.docker ?? error.message
  return error instanceof Error ? error.message : String(error)
}

const OWN = new Set<ErrorCode>([
  'engine_refused',
  'invalid_input',
  'not_found',
  'archive_unsupported',
  'too_many_files',
])

/**
 * The same failure with `what` before it. Those that are no fault of the build (a full disk, a client
 * that went away) stay as they are.
 */
export function failedAt(what: string, error: unknown): unknown {
  const own =
    !(error instanceof LaminaError) || OWN.has(error.code) || error.params.docker !== undefined
  return own ? refused(`${what}: ${messageOf(error)}`) : error
}
