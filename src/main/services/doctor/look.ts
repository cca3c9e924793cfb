/** How an address answers over https and over http, as the bundled engine's registry client sees it. */
import type { Look } from '@shared/doctor'
import { LaminaError } from '@shared/errors'
import type { DockerClient } from '../../docker/client'
import { probeRegistry } from '../../docker/lamina'

/** Milliseconds for one protocol. */
const LOOK_LIMIT = 8000

export async function look(
  engine: DockerClient,
  address: string,
  protocol: 'https' | 'http',
  signal: AbortSignal,
  limit = LOOK_LIMIT,
): Promise<Look> {
  const begun = performance.now()
  // Node 18.15 has no AbortSignal.any.
  const both = new AbortController()
  const abort = () => both.abort()
  signal.addEventListener('abort', abort, { once: true })
  const timer = setTimeout(abort, limit)
  const ended = (rest: Omit<Look, 'ms'>): Look => ({
    ...rest,
    ms: Math.round(performance.now() - begun),
  })
  try {
    const target = { address, protocol, username: null, password: null }
    const { auth } = await probeRegistry(engine, target, both.signal)
    return ended({ outcome: 'registry', auth, message: '' })
  } catch (thrown) {
    if (signal.aborted) throw new LaminaError('cancelled')
    if (both.signal.aborted) {
      return ended({ outcome: 'timeout', auth: null, message: `no answer within ${limit} ms` })
    }
    if (!(thrown instanceof LaminaError)) throw thrown
    return ended({ outcome: outcomeOf(thrown), auth: null, message: messageOf(thrown) })
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
  }
}

/** What an error of the registry client says of the address. */
function outcomeOf(error: LaminaError): Look['outcome'] {
  const text = `${error.params.reason ?? ''} ${messageOf(error)}`
  switch (error.code) {
    case 'registry_speaks_http':
    case 'registry_speaks_https':
      return 'other-protocol'
    case 'registry_certificate':
      return 'certificate'
    case 'registry_not_one':
    case 'registry_failed':
      return 'not-registry'
    case 'registry_unauthorized':
    case 'registry_login_required':
    case 'registry_login_expired':
    case 'registry_denied':
    case 'registry_rate_limited':
      return 'registry'
    default:
      if (/ENOTFOUND|EAI_AGAIN|EAI_NODATA/.test(text)) return 'name-unknown'
      if (/ECONNREFUSED/.test(text)) return 'refused'
      if (/ETIMEDOUT|timeout/i.test(text)) return 'timeout'
      return 'unreachable'
  }
}

function messageOf({ cause, message }: LaminaError): string {
  if (cause === undefined || cause === null) return message
  return cause instanceof Error ? cause.message : String(cause)
}
