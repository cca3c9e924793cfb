/** What went wrong below HTTP, as a code of the table. */
import { getServers } from 'node:dns'
import { connect } from 'node:tls'
import type { LaminaError } from '@shared/errors'
import { errorCode } from './retry'
import { registryError } from './registry-error'

const CERTIFICATE_CODES = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REVOKED',
  'CERT_UNTRUSTED',
  'CERT_REJECTED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_CHAIN_TOO_LONG',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'HOSTNAME_MISMATCH',
  'ERR_TLS_CERT_ALTNAME_INVALID',
])

/** OpenSSL and BoringSSL on bytes that are not TLS: an http server's "HTTP/1.1 400". */
const NOT_TLS =
  /wrong[ _]version[ _]number|packet length too long|http[ _]request|unknown protocol/i

/** A server that gets http on its TLS port and hangs up without a word. */
const HUNG_UP = new Set(['ECONNRESET', 'UND_ERR_SOCKET', 'HPE_INVALID_CONSTANT'])

/**
 * The error of an exchange with `url` that got no answer. `address` is how messages name the host;
 * `answered`: it did before, so that it speaks this protocol.
 */
export async function transportFailure(
  cause: unknown,
  address: string,
  url: URL,
  { answered = false } = {},
): Promise<LaminaError> {
  const code = errorCode(cause)
  const message = cause instanceof Error ? cause.message : String(cause)
  if (code !== null && CERTIFICATE_CODES.has(code)) {
    return registryError('registry_certificate', { address, reason: message }, { cause })
  }
  if (url.protocol === 'https:' && NOT_TLS.test(`${code} ${message}`)) {
    return registryError('registry_speaks_http', { address }, { cause })
  }
  const mayBeTls = !answered && url.protocol === 'http:' && code !== null && HUNG_UP.has(code)
  if (mayBeTls && (await speaksTls(url))) {
    return registryError('registry_speaks_https', { address }, { cause })
  }
  const params = { address, reason: message || code || '' }
  const dialled = dialMessage(cause, code, url)
  const docker = dialled === null ? undefined : `Get "${url.origin}/v2/": ${dialled}`
  return registryError('registry_unreachable', params, { cause, ...(docker && { docker }) })
}

/** Why there is no connection, as Go's net package says it; null: in no words that it has. */
function dialMessage(cause: unknown, code: string | null, url: URL): string | null {
  const found = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause
  const { address, port } = found as { address?: unknown; port?: unknown }
  const place = address === undefined ? '' : ` ${joinPort(String(address), String(port))}`
  switch (code) {
    case 'ECONNREFUSED':
      return `dial tcp${place}: connect: connection refused`
    case 'EHOSTUNREACH':
      return `dial tcp${place}: connect: no route to host`
    case 'ENETUNREACH':
      return `dial tcp${place}: connect: network is unreachable`
    case 'ENOTFOUND': {
      const [server] = getServers()
      const asked =
        server === undefined ? '' : ` on ${/:\d+$/.test(server) ? server : `${server}:53`}`
      return `dial tcp: lookup ${url.hostname}${asked}: no such host`
    }
    default:
      return null
  }
}

function joinPort(address: string, port: string): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

/** Whether a TLS handshake with the host succeeds, whatever its certificate. */
function speaksTls(url: URL): Promise<boolean> {
  return new Promise((resolve) => {
    const host = url.hostname.replace(/^\[|\]$/g, '')
    const socket = connect({
      host,
      port: Number(url.port || 80),
      rejectUnauthorized: false,
      timeout: 3_000,
    })
    const end = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('secureConnect', () => end(true))
    socket.once('error', () => end(false))
    socket.once('timeout', () => end(false))
  })
}
