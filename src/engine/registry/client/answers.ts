/** What a registry's answer means: its error body (distribution spec, "Error Codes") as our codes. */
import { z } from 'zod'
import type { LaminaError } from '@shared/errors'
import type { Challenge } from './challenge'
import type { Endpoint } from './endpoint'
import { readBody, type HttpResponse } from './transport'
import { readRateLimit, type RateLimit } from './rate-limit'
import { registryError } from './registry-error'
import { retryAfterSeconds } from './retry'

/** Longest error body that is read. */
const MAX_ERROR_BODY = 64 * 1024

const errorBodySchema = z.object({
  errors: z.array(
    z.object({
      code: z.string(),
      message: z.string().nullish(),
      detail: z.unknown().optional(),
    }),
  ),
})

export interface RegistryFault {
  status: number
  /** `DENIED`, `MANIFEST_UNKNOWN`, …; null where the body is not the spec's. */
  code: string | null
  /** What the registry said, for people. */
  message: string
  body: string
  /** Seconds that `Retry-After` asks to wait. */
  retryAfter: number | null
  limits: RateLimit | null
}

/** The cause of an error that an answer gave. */
export class AnswerError extends Error {
  constructor(
    readonly status: number,
    readonly code: string | null,
    message: string,
  ) {
    super([status, code, message].filter((part) => part !== null).join(' '))
    this.name = 'AnswerError'
  }
}

/** What an answer is about, for the sentence. */
export interface Subject {
  repository: string
  /** Tag or digest, where the request was for a manifest. */
  reference?: string
}

/** The fault of an answer that is not a success. Reads the body. */
export async function readFault(
  response: HttpResponse,
  endpoint: Endpoint,
): Promise<RegistryFault> {
  const body = await bodyText(response, endpoint)
  const first = parseErrors(body)
  return {
    status: response.status,
    code: first?.code ?? null,
    message: first?.message || first?.code || `HTTP ${response.status}${excerpt(body)}`,
    body,
    retryAfter: retryAfterSeconds(response.headers['retry-after']),
    limits: readRateLimit(response.headers),
  }
}

/** Codes that come with a 404 without saying that a repository or a tag is missing. */
const NOT_ABOUT_A_NAME = new Set([
  'BLOB_UPLOAD_UNKNOWN',
  'BLOB_UPLOAD_INVALID',
  'MANIFEST_BLOB_UNKNOWN',
])

/** The error for a fault, by status and code. */
export function faultError(
  fault: RegistryFault,
  endpoint: Endpoint,
  subject: Subject | null = null,
): LaminaError {
  const { address } = endpoint
  const cause = new AnswerError(fault.status, fault.code, fault.message)
  const repository = subject?.repository ?? address
  if (speaksHttps(fault)) return registryError('registry_speaks_https', { address }, { cause })
  if (fault.status === 429 || fault.code === 'TOOMANYREQUESTS') {
    return registryError('registry_rate_limited', { address, ...slowDown(fault) }, { cause })
  }
  if (fault.code === 'DENIED' || fault.status === 403) {
    return registryError('registry_denied', { address, repository }, { cause })
  }
  if (fault.status === 401) {
    return registryError('registry_unauthorized', { address }, { cause })
  }
  if (fault.code !== null && NOT_ABOUT_A_NAME.has(fault.code)) {
    return registryError('registry_failed', { address, message: fault.message }, { cause })
  }
  if (fault.code === 'MANIFEST_UNKNOWN' || fault.code === 'NAME_UNKNOWN' || fault.status === 404) {
    const reference = subject?.reference ? `${repository}${joined(subject.reference)}` : repository
    const docker =
      fault.code === 'NAME_UNKNOWN' && !subject?.reference
        ? `repository ${address}/${repository} not found: name unknown: ${fault.message}`
        : undefined
    return registryError('manifest_unknown', { address, reference }, { cause, docker })
  }
  return registryError('registry_failed', { address, message: fault.message }, { cause })
}

export interface Refusal {
  challenges: readonly Challenge[]
  /** Whether user and password (or a token) were given. */
  signedIn: boolean
  /** Whether something was to be pulled, and nothing pushed. */
  pulls: boolean
  subject: Subject | null
}

/** The error of a request that stayed refused after all that signing in can do. */
export function refusal(
  fault: RegistryFault,
  url: URL,
  endpoint: Endpoint,
  { challenges, signedIn, pulls, subject }: Refusal,
): LaminaError {
  const { address } = endpoint
  const cause = new AnswerError(fault.status, fault.code, fault.message)
  const bearer = challenges.some(({ scheme }) => scheme === 'bearer')
  const denied = bearer || fault.code === 'DENIED'
  const repository = subject?.repository ?? address
  const docker = denied ? deniedWording(address, pulls ? repository : null) : undefined
  if (!signedIn) {
    // dockerd asks with HEAD for a tag only, and names the address without its query.
    const verb = /\/manifests\/[^:/]+$/.test(url.pathname) ? 'Head' : 'Get'
    const place = `${url.origin}${url.pathname}`
    const basic = pulls ? `${verb} "${place}": no basic auth credentials` : undefined
    return registryError('registry_login_required', { address }, { cause, docker: docker ?? basic })
  }
  // A token was given for this user and password, so it is the right that is missing.
  if (denied) return registryError('registry_denied', { address, repository }, { cause, docker })
  return registryError('registry_unauthorized', { address }, { cause })
}

/** `pulled`: the repository, where something was to be pulled. */
function deniedWording(address: string, pulled: string | null): string {
  const denied = 'denied: requested access to the resource is denied'
  return pulled === null
    ? denied
    : `pull access denied for ${address}/${pulled}, repository does not exist or may require 'docker login': ${denied}`
}

/** What a 429 says, as parameters: when to come back, and how much there is in all. */
function slowDown({ message, retryAfter, limits }: RegistryFault): Record<string, string> {
  const params: Record<string, string> = { message }
  if (retryAfter !== null) params['retryAfter'] = String(retryAfter)
  if (limits?.limit != null) params['limit'] = String(limits.limit)
  if (limits?.remaining != null) params['remaining'] = String(limits.remaining)
  if (limits?.window != null) params['window'] = String(limits.window)
  const wait = retryAfter === null ? '' : ` (Retry-After: ${retryAfter} s)`
  return { ...params, message: `${message}${wait}` }
}

/** Whether this is a TLS server's answer to plain http (Go's net/http, nginx, Apache). */
export function speaksHttps({ status, body }: Pick<RegistryFault, 'status' | 'body'>): boolean {
  return (
    status === 400 &&
    /HTTP request to an HTTPS server|plain HTTP request was sent to HTTPS|speaking plain HTTP to an SSL/i.test(
      body,
    )
  )
}

async function bodyText(response: HttpResponse, endpoint: Endpoint): Promise<string> {
  try {
    return (await readBody(response, MAX_ERROR_BODY, endpoint)).toString('utf8')
  } catch {
    return '' // cut off or endless: the status says enough
  }
}

function parseErrors(body: string): { code: string; message?: string | null | undefined } | null {
  try {
    return errorBodySchema.parse(JSON.parse(body)).errors[0] ?? null
  } catch {
    return null // not the spec's shape: a proxy's page, or an old registry
  }
}

/** The start of a body that is text and not a web page. */
function excerpt(body: string): string {
  const line = body.trim().split('\n')[0]?.slice(0, 200) ?? ''
  return line && !line.startsWith('<') ? `: ${line}` : ''
}

function joined(reference: string): string {
  return reference.includes(':') ? `@${reference}` : `:${reference}`
}
