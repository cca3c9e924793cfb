/**
 * When and how long to wait before another try: exponential, with half of it random, so that many
 * clients do not come back at once.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { LaminaError } from '@shared/errors'

export interface RetryPolicy {
  /** Tries in all. */
  attempts: number
  /** First wait, ms. */
  base: number
  /** Longest wait, ms. */
  ceiling: number
}

export const DEFAULT_RETRY: RetryPolicy = { attempts: 5, base: 250, ceiling: 8_000 }

/** Longest `Retry-After` that is waited for, ms; a longer one is shown to the person instead. */
const LONGEST_RETRY_AFTER = 30_000

/** Answers that a second try may change (RFC 9110, 15.6; RFC 6585, 4). */
const TRANSIENT_STATUS = new Set([408, 429, 500, 502, 503, 504])

const TRANSIENT_ERRORS = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
])

export function isTransientStatus(status: number): boolean {
  return TRANSIENT_STATUS.has(status)
}

/** Whether a connection's failure may pass by itself: it was lost, or what came was not HTTP. */
export function isTransientError(error: unknown): boolean {
  const code = errorCode(error)
  return code !== null && (TRANSIENT_ERRORS.has(code) || code.startsWith('HPE_'))
}

/** `code` of an error of Node or undici. */
export function errorCode(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error)) return null
  return typeof error.code === 'string' ? error.code : null
}

/** Wait before try number `attempt` (1: the second), ms. */
export function backoff(policy: RetryPolicy, attempt: number): number {
  const full = Math.min(policy.ceiling, policy.base * 2 ** (attempt - 1))
  return full / 2 + Math.random() * (full / 2)
}

/** `Retry-After` in ms: seconds or a date; null where absent, unreadable or too long to wait. */
export function retryAfter(header: string | undefined, now = Date.now()): number | null {
  const ms = retryAfterMs(header, now)
  return ms !== null && ms <= LONGEST_RETRY_AFTER ? ms : null
}

/** `Retry-After` in whole seconds, however many, to be told to the person. */
export function retryAfterSeconds(header: string | undefined, now = Date.now()): number | null {
  const ms = retryAfterMs(header, now)
  return ms === null ? null : Math.ceil(ms / 1000)
}

function retryAfterMs(header: string | undefined, now: number): number | null {
  if (!header) return null
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now
  return Number.isFinite(ms) ? Math.max(0, ms) : null
}

/** Sleeps, or fails with `cancelled` as soon as the signal fires. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(ms, undefined, signal ? { signal } : {})
  } catch (cause) {
    throw new LaminaError('cancelled', {}, { cause })
  }
}
