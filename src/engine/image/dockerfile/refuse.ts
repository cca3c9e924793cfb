import { LaminaError } from '@shared/errors'

/** An error in the builder's own words. */
export function refuse(reason: string): LaminaError {
  return new LaminaError('invalid_input', { field: 'Dockerfile', reason, docker: reason })
}
