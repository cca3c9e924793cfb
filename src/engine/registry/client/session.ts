/** Requests to one registry: authorized, tried again, and checked for the statuses they may have. */
import { faultError, readFault, refusal, type Subject } from './answers'
import { Authorizer } from './authorizer'
import { parseChallenges, type Challenge } from './challenge'
import type { Credentials } from './credentials'
import type { Endpoint } from './endpoint'
import { withRetries, type RetryOptions } from './exchange'
import { readRateLimit, type RateLimit } from './rate-limit'
import { DEFAULT_RETRY, type RetryPolicy } from './retry'
import { mergeScopes } from './scope'
import {
  discard,
  Transport,
  type HttpRequest,
  type HttpResponse,
  type TransportOptions,
} from './transport'

export interface SessionOptions extends TransportOptions {
  credentials?: Credentials | null
  /** How often and how long something is tried again. */
  retry?: RetryPolicy
}

export interface SessionRequest extends HttpRequest, RetryOptions {
  /** What a token for this request must allow. */
  scopes?: readonly string[]
  /** For the sentence of an error. */
  subject?: Subject
}

export class Session {
  readonly transport: Transport
  readonly authorizer: Authorizer
  readonly retry: RetryPolicy
  /** What the last answer that spoke of it said. */
  rateLimit: RateLimit | null = null

  constructor(
    readonly endpoint: Endpoint,
    { credentials = null, retry = DEFAULT_RETRY, ...options }: SessionOptions = {},
  ) {
    this.retry = retry
    this.transport = new Transport(endpoint, options)
    this.authorizer = new Authorizer(this.transport, credentials, retry)
  }

  /** A URL under the registry: `/v2/…`, or a `Location` that it gave. */
  url(pathOrLocation: string, base?: URL): URL {
    return new URL(pathOrLocation, base ?? this.endpoint.origin)
  }

  /**
   * Sends a request with the authorization that the registry asks for, signing in (again) on a 401.
   * Answers with another status than `expected` become errors: `registry_login_required`,
   * `registry_unauthorized`, `registry_denied`, `manifest_unknown`, `registry_rate_limited`,
   * `registry_failed`.
   */
  async send(
    url: URL,
    request: SessionRequest,
    expected: readonly number[],
  ): Promise<HttpResponse> {
    const response = await this.sendAny(url, request)
    if (expected.includes(response.status)) return response
    throw await this.errorFor(response, request)
  }

  /** As `send`, whatever the status. */
  async sendAny(url: URL, request: SessionRequest): Promise<HttpResponse> {
    const { scopes = [], policy = this.retry, idempotent } = request
    let wanted = mergeScopes(scopes)
    for (let round = 0; ; round++) {
      const own = url.origin === new URL(this.endpoint.origin).origin
      const used = own ? await this.authorizer.authorization(wanted, request.signal) : null
      const headers = { ...request.headers, ...(used ? { authorization: used } : {}) }
      const response = await withRetries(
        this.transport,
        url,
        { ...request, headers },
        { policy, idempotent },
      )
      if (own) this.rateLimit = readRateLimit(response.headers) ?? this.rateLimit
      if (response.status !== 401 || round === 2 || !own) return response
      const challenges = challengesOf(response)
      if (!this.authorizer.learn(challenges, round === 0 ? used : null)) return response
      if (round === 1 && used?.startsWith('Bearer ')) return response
      wanted = mergeScopes(wanted, challenged(challenges))
      await discard(response)
    }
  }

  /** The error for an answer that will not do. */
  async errorFor(
    response: HttpResponse,
    { subject, scopes = [] }: Pick<SessionRequest, 'subject' | 'scopes'>,
  ): Promise<Error> {
    const fault = await readFault(response, this.endpoint)
    if (fault.status !== 401) return faultError(fault, this.endpoint, subject ?? null)
    return refusal(fault, response.url, this.endpoint, {
      challenges: challengesOf(response),
      signedIn: this.authorizer.hasCredentials,
      pulls: subject !== undefined && !scopes.some((scope) => scope.includes('push')),
      subject: subject ?? null,
    })
  }

  close(): Promise<void> {
    return this.transport.close()
  }
}

export function challengesOf(response: HttpResponse): Challenge[] {
  return parseChallenges(response.headers['www-authenticate'] ?? '')
}

function challenged(challenges: readonly Challenge[]): string[] {
  return challenges.flatMap(({ params }) => params['scope']?.split(' ').filter(Boolean) ?? [])
}
