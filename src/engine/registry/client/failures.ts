/** What went wrong below HTTP, as a code of the table. */
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
  return registryError(
    'registry_unreachable',
    { address, reason: message || code || '' },
    { cause },
  )
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
