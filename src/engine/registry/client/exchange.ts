/** An exchange that is tried again where a second try can help and cannot harm. */
import { LaminaError } from '@shared/errors'
import { AnswerError } from './answers'
import {
  backoff,
  DEFAULT_RETRY,
  isTransientError,
  isTransientStatus,
  pause,
  retryAfter,
  type RetryPolicy,
} from './retry'
import { discard, type HttpRequest, type HttpResponse, type Transport } from './transport'

export interface RetryOptions {
  policy?: RetryPolicy | undefined
  /** Whether doing it twice is as good as once; by default only for GET, HEAD, PUT and DELETE. */
  idempotent?: boolean | undefined
}

/**
 * Sends a request up to `policy.attempts` times: again after a lost connection, after 408, 429 and
 * 5xx, waiting as `Retry-After` asks. The last answer is returned whatever its status.
 */
export async function withRetries(
  transport: Transport,
  url: URL,
  request: HttpRequest,
  { policy = DEFAULT_RETRY, idempotent = isIdempotent(request.method) }: RetryOptions = {},
): Promise<HttpResponse> {
  for (let attempt = 1; ; attempt++) {
    const last = attempt >= policy.attempts || !idempotent
    try {
      const response = await transport.request(url, request)
      if (last || !isTransientStatus(response.status)) return response
      const asked = retryAfter(response.headers['retry-after'])
      if (asked === null && response.headers['retry-after']) return response
      await discard(response)
      await pause(asked ?? backoff(policy, attempt), request.signal)
    } catch (error) {
      if (last || !mayPass(error)) throw error
      await pause(backoff(policy, attempt), request.signal)
    }
  }
}

/** Whether an exchange failed in a way that may pass by itself: a lost connection, 429, 5xx. */
export function mayPass(error: unknown): boolean {
  if (!(error instanceof LaminaError)) return isTransientError(error)
  if (error.cause instanceof AnswerError) return isTransientStatus(error.cause.status)
  return error.code === 'registry_unreachable' && isTransientError(error.cause)
}

function isIdempotent(method: HttpRequest['method']): boolean {
  return method !== 'POST' && method !== 'PATCH'
}
