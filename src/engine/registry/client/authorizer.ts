/** Keeps what a registry wants for authorization, and the tokens that it was given. */
import type { Challenge } from './challenge'
import { basicAuthorization, type Credentials } from './credentials'
import { DEFAULT_RETRY, type RetryPolicy } from './retry'
import { mergeScopes } from './scope'
import { fetchToken, type Token } from './token'
import type { Transport } from './transport'

type Scheme =
  | { kind: 'unknown' }
  | { kind: 'basic' }
  | { kind: 'bearer'; realm: string; service: string | null }

export class Authorizer {
  private scheme: Scheme = { kind: 'unknown' }
  /** By scope list. Promises, so that parallel requests share one fetch. */
  private readonly tokens = new Map<string, Promise<Token>>()

  constructor(
    private readonly transport: Transport,
    private credentials: Credentials | null,
    private readonly retry: RetryPolicy = DEFAULT_RETRY,
  ) {}

  get hasCredentials(): boolean {
    return this.credentials !== null
  }

  /** What the bearer challenge names as its service, once one was met. */
  get service(): string | null {
    return this.scheme.kind === 'bearer' ? this.scheme.service : null
  }

  /** The `Authorization` for a request of these scopes, as far as one is known to be wanted. */
  async authorization(
    scopes: readonly string[],
    signal?: AbortSignal | undefined,
  ): Promise<string | null> {
    if (this.scheme.kind === 'unknown') return null
    if (this.scheme.kind === 'basic') {
      return this.credentials ? basicAuthorization(this.credentials) : null
    }
    const token = await this.token(this.scheme, mergeScopes(scopes), signal)
    return `Bearer ${token.value}`
  }

  /**
   * Learns from a 401. True when the same request may now fare better: another scheme, or a new
   * token in place of `used`, the authorization that was refused.
   */
  learn(challenges: readonly Challenge[], used: string | null): boolean {
    const bearer = challenges.find(({ scheme, params }) => scheme === 'bearer' && params['realm'])
    if (bearer) {
      const { realm = '', service = null } = bearer.params
      this.scheme = { kind: 'bearer', realm, service }
      if (used) this.tokens.clear()
      return true
    }
    if (challenges.some(({ scheme }) => scheme === 'basic') && this.credentials) {
      this.scheme = { kind: 'basic' }
      return !used?.startsWith('Basic ')
    }
    return false
  }

  private async token(
    scheme: Extract<Scheme, { kind: 'bearer' }>,
    scopes: string[],
    signal: AbortSignal | undefined,
  ): Promise<Token> {
    const key = scopes.join(' ')
    const known = this.tokens.get(key)
    if (known) {
      const token = await known.catch(() => null) // its error went to the one who asked
      if (token && token.staleAt > Date.now()) return token
      if (this.tokens.get(key) === known) this.tokens.delete(key)
      return this.token(scheme, scopes, signal)
    }
    const fetched = fetchToken(this.transport, {
      realm: scheme.realm,
      service: scheme.service,
      scopes,
      credentials: this.credentials,
      policy: this.retry,
      signal,
    })
    this.tokens.set(key, fetched)
    try {
      const token = await fetched
      if (token.refresh && this.credentials) {
        this.credentials = { ...this.credentials, identitytoken: token.refresh }
      }
      return token
    } catch (error) {
      if (this.tokens.get(key) === fetched) this.tokens.delete(key)
      throw error
    }
  }
}
