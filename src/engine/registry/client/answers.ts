/** What a registry's answer means: its error body (distribution spec, "Error Codes") as our codes. */
import { z } from 'zod'
import { LaminaError } from '@shared/errors'
import type { Challenge } from './challenge'
import type { Endpoint } from './endpoint'
import { readBody, type HttpResponse } from './transport'

/** Longest error body that is read. */
const MAX_ERROR_BODY = 64 * 1024

const errorBodySchema = z.object({
  errors: z.array(
    z.object({
      code: z.string(),
      message: z.string().nullish(),
      detail: z.unknown(),
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
  }
}

/** The error for a fault, by status and code. */
export function faultError(
  fault: RegistryFault,
  endpoint: Endpoint,
  subject: Subject | null = null,
): LaminaError {
  const { address } = endpoint
  const cause = new AnswerError(fault.status, fault.code, fault.message)
  const repository = subject?.repository ?? address
  if (speaksHttps(fault)) return new LaminaError('registry_speaks_https', { address }, { cause })
  if (fault.status === 429 || fault.code === 'TOOMANYREQUESTS') {
    return new LaminaError('registry_rate_limited', { address, message: fault.message }, { cause })
  }
  if (fault.code === 'DENIED' || fault.status === 403) {
    return new LaminaError('registry_denied', { address, repository }, { cause })
  }
  if (fault.status === 401) {
    return new LaminaError('registry_unauthorized', { address }, { cause })
  }
  if (fault.code === 'MANIFEST_UNKNOWN' || fault.code === 'NAME_UNKNOWN' || fault.status === 404) {
    const reference = subject?.reference ? `${repository}${joined(subject.reference)}` : repository
    return new LaminaError('manifest_unknown', { address, reference }, { cause })
  }
  return new LaminaError('registry_failed', { address, message: fault.message }, { cause })
}

/** The error of a request that stayed refused after all that signing in can do. */
export function refusal(
  endpoint: Endpoint,
  challenges: readonly Challenge[],
  fault: RegistryFault,
  signedIn: boolean,
  subject: Subject | null,
): LaminaError {
  const { address } = endpoint
  const cause = new AnswerError(fault.status, fault.code, fault.message)
  const bearer = challenges.some(({ scheme }) => scheme === 'bearer')
  if (!signedIn) return new LaminaError('registry_login_required', { address }, { cause })
  // A token was given for this user and password, so it is the right that is missing.
  if (bearer || fault.code === 'DENIED') {
    const repository = subject?.repository ?? address
    return new LaminaError('registry_denied', { address, repository }, { cause })
  }
  return new LaminaError('registry_unauthorized', { address }, { cause })
}

/** Whether this is a TLS server's answer to plain http (Go's net/http, nginx, Apache). */
export function speaksHttps({ status, body }: RegistryFault): boolean {
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
