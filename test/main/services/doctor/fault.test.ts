import { describe, expect, it } from 'vitest'
import type { CertificateFacts, LiveSettings, Look } from '../../../../src/shared/doctor'
import { namesOf } from '../../../../src/main/services/doctor/certificate'
import { nameFault, type Seen } from '../../../../src/main/services/doctor/fault'

const seen = (outcome: Look['outcome'], message = ''): Look => ({
  outcome,
  auth: outcome === 'registry' ? 'none' : null,
  ms: 3,
  message,
})
const httpRegistry: Seen = {
  address: 'nas:5000',
  https: seen('other-protocol'),
  http: seen('registry'),
  daemon: { reached: false, message: 'http: server gave HTTP response to HTTPS client' },
  certificate: null,
  configured: [],
  live: null,
  alternatives: [],
}
const says = (message: string) => ({
  reached: false,
  message: `Get "https://nas:5000/v2/": ${message}`,
})
const fault = (change: Partial<Seen>) => nameFault({ ...httpRegistry, ...change }).fault
const certificate: CertificateFacts = {
  subject: 'CN=registry',
  issuer: 'CN=Lab',
  names: ['registry.lab', '10.0.0.1'],
  validFrom: Date.parse('2020-01-01'),
  validTo: Date.parse('2999-01-01'),
  fingerprint: 'AA:BB',
  authority: '',
  complete: true,
}
const proxied: LiveSettings = {
  insecure: [],
  insecureNetworks: [],
  mirrors: [],
  httpProxy: '',
  httpsProxy: 'http://proxy:3128',
  noProxy: 'localhost',
}

describe('what the daemon says', () => {
  it.each([
    ['speaks-http', 'http: server gave HTTP response to HTTPS client'],
    ['unknown-authority', 'x509: certificate signed by unknown authority'],
    [
      'unknown-authority',
      'tls: failed to verify certificate: x509: certificate signed by unknown authority',
    ],
    ['wrong-name', 'x509: certificate is valid for registry.lab, not nas'],
    [
      'wrong-name',
      "x509: cannot validate certificate for 10.0.0.9 because it doesn't contain any IP SANs",
    ],
    ['expired', 'x509: certificate has expired or is not yet valid: current time is after'],
    ['refused', 'dial tcp 10.0.0.9:5000: connect: connection refused'],
    ['name-unknown', 'dial tcp: lookup nas: no such host'],
    ['timeout', 'dial tcp 10.0.0.9:5000: i/o timeout'],
    [
      'timeout',
      'net/http: request canceled while waiting for connection (Client.Timeout exceeded)',
    ],
    ['proxy', 'proxyconnect tcp: dial tcp 127.0.0.1:7890: connect: connection refused'],
    ['unreachable', 'dial tcp 10.0.0.9:5000: connect: no route to host'],
    ['not-registry', "error parsing HTTP 404 response body: invalid character '<'"],
    ['other', 'something that was never seen before'],
  ])('is named %s: %s', (name, message) => {
    expect(fault({ daemon: says(message), http: seen('unreachable') })).toBe(name)
  })

  it('is healthy when it gets there, whatever else was tried', () => {
    expect(fault({ daemon: { reached: true, message: 'manifest unknown' } })).toBe('healthy')
  })

  it('is told apart when Lamina does not get there but the daemon does', () => {
    const gone = seen('name-unknown')
    const daemon = { reached: true, message: '' }
    expect(fault({ daemon, https: gone, http: gone })).toBe('daemon-only')
  })
})

describe('refined', () => {
  it('http:// in the list is the classic mistake', () => {
    expect(fault({ configured: ['http://nas:5000/'] })).toBe('scheme-in-list')
  })

  it('a right list that the daemon has not read', () => {
    expect(fault({ configured: ['nas:5000'] })).toBe('not-reloaded')
  })

  it('a registry at another port of the same host', () => {
    const refused = seen('refused')
    const named = nameFault({
      ...httpRegistry,
      ...{ https: refused, http: refused, daemon: says('connection refused') },
      alternatives: [{ address: 'nas:5001', protocol: 'http' }],
    })
    expect(named).toMatchObject({ fault: 'wrong-port', params: { found: 'nas:5001' } })
  })

  it('a certificate of tomorrow is not an old one', () => {
    const early = { ...certificate, validFrom: Date.now() + 86_400_000 }
    const message = 'x509: certificate has expired or is not yet valid'
    expect(fault({ daemon: says(message), certificate: early })).toBe('not-yet-valid')
  })

  it('a proxy that the daemon goes through, where Lamina gets there without', () => {
    const message = 'context deadline exceeded'
    expect(fault({ daemon: says(message), live: proxied })).toBe('proxy')
    const excepted = { ...proxied, noProxy: 'localhost,nas' }
    expect(fault({ daemon: says(message), live: excepted })).toBe('timeout')
  })
})

describe('without a daemon to ask', () => {
  const alone = { daemon: null }
  it.each([
    ['healthy', { ...alone, https: seen('registry') }],
    ['speaks-http', alone],
    ['expired', { ...alone, https: seen('certificate', 'certificate has expired') }],
    [
      'wrong-name',
      { ...alone, https: seen('certificate', "Hostname/IP does not match certificate's altnames") },
    ],
    [
      'unknown-authority',
      { ...alone, https: seen('certificate', 'self-signed certificate in certificate chain') },
    ],
    ['refused', { ...alone, https: seen('refused'), http: seen('refused') }],
    ['not-registry', { ...alone, https: seen('other-protocol'), http: seen('not-registry') }],
  ])('%s', (name, change) => {
    expect(fault({ certificate, ...change })).toBe(name)
  })
})

it('tells whom a certificate is made out to', () => {
  expect(namesOf('DNS:registry.lab, IP Address:10.0.0.1')).toEqual(['registry.lab', '10.0.0.1'])
  const message = 'x509: certificate is valid for registry.lab, not nas'
  const { params } = nameFault({ ...httpRegistry, daemon: says(message), certificate })
  expect(params.names).toBe('registry.lab, 10.0.0.1')
})
