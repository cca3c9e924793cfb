/** Is it a registry, what does it want, and does it take this user? (distribution spec, "end-1") */
import { LaminaError } from '@shared/errors'
import { AnswerError, faultError, readFault, speaksHttps } from './answers'
import { challengesOf, type Session } from './session'
import { discard, readBody, type HttpResponse } from './transport'
import { registryError } from './registry-error'

const MAX_PING_BODY = 64 * 1024

export interface Ping {
  auth: 'none' | 'basic' | 'bearer'
}

/**
 * GET /v2/ without authorization. Errors: `registry_not_one`, `registry_speaks_http`,
 * `registry_speaks_https`, `registry_certificate`, `registry_unreachable`.
 */
export async function ping(session: Session, signal?: AbortSignal): Promise<Ping> {
  const { endpoint, transport } = session
  const response = await transport.request(session.url('/v2/'), { method: 'GET', signal })
  if (response.status === 200 && (await isApi(response, session))) return { auth: 'none' }
  if (response.status === 401) {
    const challenges = challengesOf(response)
    const schemes = challenges.map(({ scheme }) => scheme)
    await response.body.dump()
    session.authorizer.learn(challenges, null) // the next request need not ask again
    if (schemes.includes('bearer')) return { auth: 'bearer' }
    if (schemes.includes('basic')) return { auth: 'basic' }
  } else if (response.status !== 200) {
    const fault = await readFault(response, endpoint)
    if (speaksHttps(fault) || fault.status === 429) throw faultError(fault, endpoint)
    const cause = new Error(fault.message)
    throw registryError('registry_not_one', { address: endpoint.address }, { cause })
  }
  throw registryError('registry_not_one', { address: endpoint.address })
}

/**
 * Signs in, as `docker login` does: GET /v2/ with the credentials.
 * Errors: `registry_unauthorized`, and those of `ping`.
 */
export async function signIn(session: Session, signal?: AbortSignal): Promise<void> {
  const url = session.url('/v2/')
  try {
    await discard(await session.send(url, { method: 'GET', signal }, [200]))
  } catch (error) {
    if (!(error instanceof LaminaError) || error.code !== 'registry_unauthorized') throw error
    const { cause } = error
    const docker =
      cause instanceof AnswerError
        ? `login attempt to ${url.href} failed with status: 401 Unauthorized`
        : `Get "${url.href}": unauthorized` // the token server's answer
    throw registryError('registry_unauthorized', error.params, { cause, docker })
  }
}

/** What a registry says of itself, or at least a body that no web page has. */
async function isApi(response: HttpResponse, { endpoint }: Session): Promise<boolean> {
  const body = (await readBody(response, MAX_PING_BODY, endpoint)).toString('utf8').trim()
  if (response.headers['docker-distribution-api-version']) return true
  if (body === '') return !response.headers['content-type']?.includes('html')
  try {
    return typeof JSON.parse(body) === 'object'
  } catch {
    return false // a web page, or any other server's 200
  }
}
