/** Fetches bearer tokens (distribution, token/jwt.md and token/oauth.md). */
import type { ErrorCode } from '@shared/errors'
import { z } from 'zod'
import { faultError, readFault } from './answers'
import { basicAuthorization, type Credentials } from './credentials'
import { withRetries } from './exchange'
import type { RetryPolicy } from './retry'
import { discard, parseUrl, readBody, type HttpResponse, type Transport } from './transport'
import { registryError } from './registry-error'

const MAX_TOKEN_BODY = 1024 * 1024
/** A token without `expires_in` lives this long (token/jwt.md), s. */
const DEFAULT_LIFETIME = 60
const CLIENT_ID = 'lamina'

const tokenSchema = z.object({
  token: z.string().optional(),
  access_token: z.string().optional(),
  refresh_token: z.string().optional(),
  expires_in: z.number().optional(),
})

export interface Token {
  value: string
  /** ms since 1970, by this machine's clock, with a margin taken off. */
  staleAt: number
  /** An identity token that replaces the password from now on. */
  refresh: string | null
}

export interface TokenRequest {
  realm: string
  service: string | null
  scopes: readonly string[]
  credentials: Credentials | null
  policy?: RetryPolicy | undefined
  signal?: AbortSignal | undefined
}

/**
 * Asks the realm for a token. With an identity token by POST, else by GET with basic authorization.
 * Errors: `registry_unauthorized` when user and password are refused, `registry_login_expired` when
 * there is nothing but an identity token and it is, `registry_login_required` when it gives no
 * anonymous tokens, `registry_unreachable` of the realm's host.
 */
export async function fetchToken(transport: Transport, request: TokenRequest): Promise<Token> {
  const { address } = transport.endpoint
  const realm = parseUrl(request.realm)
  if (!realm || !/^https?:$/.test(realm.protocol)) {
    throw registryError('registry_failed', { address, message: `realm "${request.realm}"` })
  }
  const response = await ask(transport, realm, request)
  if (response.status === 200) return readToken(transport, response)
  const fault = await readFault(response, transport.endpoint)
  // 400 is OAuth's answer to a bad refresh token; 403 without a scope can only mean the password.
  const refused =
    fault.status === 401 ||
    (fault.status === 400 && request.credentials?.identitytoken) ||
    (fault.status === 403 && request.scopes.length === 0)
  if (refused) {
    const code = refusalOf(request.credentials)
    throw registryError(code, { address }, { cause: new Error(fault.message) })
  }
  throw faultError(fault, transport.endpoint)
}

function refusalOf(credentials: Credentials | null): ErrorCode {
  if (credentials === null) return 'registry_login_required'
  const onlyToken = credentials.identitytoken !== '' && credentials.password === ''
  return onlyToken ? 'registry_login_expired' : 'registry_unauthorized'
}

async function ask(transport: Transport, realm: URL, request: TokenRequest): Promise<HttpResponse> {
  const { credentials, policy, signal } = request
  const withPassword = credentials !== null && credentials.password !== ''
  if (credentials?.identitytoken) {
    const posted = await post(transport, realm, request, credentials.identitytoken)
    const older = posted.status === 404 || posted.status === 405
    const expired = posted.status === 400 || posted.status === 401
    if (!older && !(expired && withPassword)) return posted
    await discard(posted)
  }
  const url = new URL(realm)
  if (request.service) url.searchParams.set('service', request.service)
  for (const scope of request.scopes) url.searchParams.append('scope', scope)
  if (withPassword) url.searchParams.set('account', credentials.username)
  const headers: Record<string, string> = {}
  if (withPassword) headers.authorization = basicAuthorization(credentials)
  return withRetries(transport, url, { method: 'GET', headers, signal }, { policy })
}

function post(
  transport: Transport,
  realm: URL,
  { service, scopes, policy, signal }: TokenRequest,
  refreshToken: string,
): Promise<HttpResponse> {
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
    client_id: CLIENT_ID,
    access_type: 'offline',
  })
  if (service) form.set('service', service)
  if (scopes.length > 0) form.set('scope', scopes.join(' '))
  return withRetries(
    transport,
    realm,
    {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: () => form.toString(),
      signal,
    },
    { idempotent: true, policy },
  )
}

async function readToken(transport: Transport, response: HttpResponse): Promise<Token> {
  const { endpoint } = transport
  const body = await readBody(response, MAX_TOKEN_BODY, endpoint)
  const answer = tokenSchema.safeParse(parseJson(body))
  const value = answer.data?.token || answer.data?.access_token
  if (!answer.success || !value) {
    const message = `${response.url.host} gave no token`
    throw registryError('registry_failed', { address: endpoint.address, message })
  }
  const lifetime = (answer.data.expires_in || DEFAULT_LIFETIME) * 1000
  const margin = Math.min(10_000, lifetime / 4)
  return {
    value,
    staleAt: Date.now() + lifetime - margin,
    refresh: answer.data.refresh_token ?? null,
  }
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return null
  }
}
