/** Names what is wrong, from what was seen. Pure. */
import type { CertificateFacts, Diagnosis, Fault, LiveSettings, Look } from '@shared/doctor'

export interface Seen {
  address: string
  https: Look
  http: Look
  daemon: Diagnosis['daemon']
  certificate: CertificateFacts | null
  /** `insecure-registries` of the file. */
  configured: readonly string[]
  live: LiveSettings | null
  alternatives: Diagnosis['alternatives']
}

export interface Named {
  fault: Fault
  params: Record<string, string>
}

/** A daemon's sentences (Go's net/http and crypto/x509; dockerd 20.10 to 28). The first wins. */
const SENTENCES: [RegExp, Fault][] = [
  [/proxyconnect|Proxy Authentication Required/i, 'proxy'],
  [
    /server gave HTTP response to HTTPS client|first record does not look like a TLS/i,
    'speaks-http',
  ],
  [/x509: certificate has expired or is not yet valid/i, 'expired'],
  [
    /x509: .*(?:is valid for|doesn't contain any IP SANs|legacy Common Name|not valid for any)/i,
    'wrong-name',
  ],
  [
    /x509: .*unknown authority|certificate is not trusted|not standards compliant/i,
    'unknown-authority',
  ],
  [/x509:|tls: .*certificate/i, 'certificate'],
  [/no such host|server misbehaving|name resolution|lookup .*: /i, 'name-unknown'],
  [/connection refused|actively refused/i, 'refused'],
  [/i\/o timeout|deadline exceeded|Client\.Timeout|TLS handshake timeout|timed out/i, 'timeout'],
  [/no route to host|network is unreachable|connection reset|\bEOF\b/i, 'unreachable'],
  [
    /404 page not found|invalid character '<'|error parsing HTTP|unsupported content type|405|malformed HTTP|501 Not /i,
    'not-registry',
  ],
]

export function nameFault(seen: Seen): Named {
  const { address, daemon } = seen
  const raw = daemon ? fromDaemon(seen, daemon) : fromLooks(seen)
  const fault = refine(raw, seen)
  return { fault, params: { address, ...paramsOf(fault, seen) } }
}

function fromDaemon(seen: Seen, { reached, message }: NonNullable<Seen['daemon']>): Fault {
  const visible = isRegistry(seen.https) || isRegistry(seen.http)
  if (reached) return visible ? 'healthy' : 'daemon-only'
  const said = SENTENCES.find(([sentence]) => sentence.test(message))?.[1] ?? 'other'
  const blocked: Fault[] = ['name-unknown', 'timeout', 'refused', 'unreachable', 'other']
  if (visible && blocked.includes(said) && throughProxy(seen)) return 'proxy'
  return said
}

/** Without a daemon to ask: as a client sees it that knows no insecure registries. */
function fromLooks({ https, http, certificate }: Seen): Fault {
  if (isRegistry(https)) return 'healthy'
  if (https.outcome === 'certificate') return certificateFault(https.message, certificate)
  if (isRegistry(http)) return 'speaks-http'
  const first = https.outcome === 'other-protocol' ? http.outcome : https.outcome
  switch (first) {
    case 'not-registry':
    case 'refused':
    case 'name-unknown':
    case 'timeout':
      return first
    default:
      return 'unreachable'
  }
}

function refine(fault: Fault, seen: Seen): Fault {
  const { address, configured, certificate, alternatives } = seen
  if (fault === 'speaks-http') {
    if (configured.some((one) => withScheme(one, address))) return 'scheme-in-list'
    return configured.includes(address) ? 'not-reloaded' : fault
  }
  if (fault === 'expired' && certificate && certificate.validFrom > Date.now()) {
    return 'not-yet-valid'
  }
  if (fault === 'certificate') return certificateFault(seen.https.message, certificate)
  const wrongPort = fault === 'refused' || fault === 'not-registry'
  return wrongPort && alternatives.length > 0 ? 'wrong-port' : fault
}

/** By the words of OpenSSL and Node. */
function certificateFault(message: string, certificate: CertificateFacts | null): Fault {
  if (/not yet valid/i.test(message)) return 'not-yet-valid'
  if (/expired/i.test(message)) return 'expired'
  if (/does not match certificate|altnames/i.test(message)) return 'wrong-name'
  if (/self[- ]signed|unable to (?:verify|get)/i.test(message)) return 'unknown-authority'
  return certificate && certificate.validTo < Date.now() ? 'expired' : 'certificate'
}

/** The classic mistake: `http://host:port` in insecure-registries, which wants `host:port`. */
export function withScheme(entry: string, address: string): boolean {
  return /^https?:\/\//.test(entry) && entry.replace(/^https?:\/\/|\/+$/g, '') === address
}

function throughProxy({ address, live }: Seen): boolean {
  if (!live || (live.httpProxy === '' && live.httpsProxy === '')) return false
  const host = address.replace(/:\d+$/, '').toLowerCase()
  return !live.noProxy
    .split(/[\s,]+/)
    .some((one) => one === '*' || one.toLowerCase() === host || one === address)
}

function paramsOf(fault: Fault, seen: Seen): Record<string, string> {
  const { certificate, alternatives, live, daemon, https, http } = seen
  const params: Record<string, string> = {}
  if (certificate) {
    params.names = certificate.names.join(', ') || certificate.subject
    params.issuer = certificate.issuer
    const date = fault === 'not-yet-valid' ? certificate.validFrom : certificate.validTo
    params.date = Number.isFinite(date) ? new Date(date).toISOString().slice(0, 10) : ''
  }
  const named = /certificate is valid for (.+?), not /.exec(daemon?.message ?? '')?.[1]
  if (named) params.names ??= named
  if (alternatives[0]) params.found = alternatives.map((one) => one.address).join(', ')
  if (live) params.proxy = live.httpsProxy || live.httpProxy
  params.message = daemon?.message || https.message || http.message
  return params
}

const isRegistry = ({ outcome }: Look) => outcome === 'registry'
