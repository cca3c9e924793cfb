/** The certificate that a registry shows, looked at without trusting it. */
import { isIP } from 'node:net'
import { connect, type DetailedPeerCertificate } from 'node:tls'
import type { CertificateFacts } from '@shared/doctor'

const HANDSHAKE_LIMIT = 5000

/** Null where no TLS handshake comes about. */
export function readCertificate(
  address: string,
  signal: AbortSignal,
): Promise<CertificateFacts | null> {
  const { hostname, port } = new URL(`https://${address}`)
  const host = hostname.replace(/^\[|\]$/g, '')
  return new Promise((resolve) => {
    const socket = connect({
      host,
      port: Number(port || 443),
      ...(isIP(host) === 0 ? { servername: host } : {}),
      // Nothing is sent: the certificate is only read.
      rejectUnauthorized: false,
      timeout: HANDSHAKE_LIMIT,
    })
    const end = (facts: CertificateFacts | null) => {
      signal.removeEventListener('abort', none)
      socket.destroy()
      resolve(facts)
    }
    const none = () => end(null)
    signal.addEventListener('abort', none, { once: true })
    socket.once('secureConnect', () => end(factsOf(socket.getPeerCertificate(true))))
    socket.once('error', none)
    socket.once('timeout', none)
  })
}

function factsOf(leaf: DetailedPeerCertificate): CertificateFacts | null {
  if (!leaf.raw) return null
  let top = leaf
  while (top.issuerCertificate && top.issuerCertificate.fingerprint256 !== top.fingerprint256) {
    top = top.issuerCertificate
  }
  return {
    subject: nameOf(leaf.subject),
    issuer: nameOf(leaf.issuer),
    names: namesOf(leaf.subjectaltname ?? ''),
    validFrom: Date.parse(leaf.valid_from),
    validTo: Date.parse(leaf.valid_to),
    fingerprint: top.fingerprint256,
    authority: pem(top.raw),
    complete: nameOf(top.subject) === nameOf(top.issuer),
  }
}

/** `DNS:registry.lab, IP Address:10.0.0.1` as a list. */
export function namesOf(alternative: string): string[] {
  return alternative
    .split(', ')
    .map((one) => one.replace(/^(?:DNS|IP Address):/, ''))
    .filter((one) => one !== '')
}

function nameOf(parts: DetailedPeerCertificate['subject'] | undefined): string {
  return Object.entries(parts ?? {})
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(', ')
}

function pem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}
