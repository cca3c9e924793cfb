import { LaminaError } from '@shared/errors'

/** What dockerd says of something that it refuses, or `accepted`. */
export function refusal(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (error instanceof LaminaError) return error.params.docker ?? ''
    throw error
  }
  return 'accepted'
}
