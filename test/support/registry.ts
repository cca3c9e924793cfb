import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { request as httpRequest, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { join } from 'node:path'
import { answerTo, type TextAnswer } from './answer'
import { startService } from './child'
import { run, runOk } from './run'
import { freePort, tempDir, waitFor } from './temp'
import { startTokenServer, type TokenAuth, type TokenServer } from './token-server'

export interface RegistryOptions {
  auth?: { kind: 'htpasswd'; users: Record<string, string> } | TokenAuth
  /** https with a certificate of a CA made for this test. */
  tls?: boolean
  /** Whether it deletes; default true. */
  deletes?: boolean
  /** An address of this machine; default 127.0.0.1. dockerd takes all but 127.0.0.0/8 for foreign. */
  host?: string
  /** Names beside the address in the certificate. */
  names?: string[]
  /** Default: a free one. */
  port?: number
}

export interface TestRegistry {
  port: number
  /** host:port, as it stands in a reference. */
  address: string
  /** http(s)://host:port */
  url: string
  /** The folder of its storage. */
  storage: string
  /** PEM file of the CA, when `tls`. */
  caFile: string | null
  tokens: TokenServer | null
  log(): string
  /** A request made with node:http, not with our client. Never follows a redirect. */
  request(path: string, options?: RegistryRequest): Promise<TextAnswer>
  stop(): Promise<void>
}

export interface RegistryRequest {
  method?: string
  headers?: Record<string, string>
  /** `user:password` for basic authentication. */
  login?: string
}

/**
 * Starts the real docker-registry (Debian's package, distribution 2.8) with a configuration and a
 * storage of its own. Rejects loudly when it is missing or does not come up.
 */
export async function startRegistry(options: RegistryOptions = {}): Promise<TestRegistry> {
  if ((await run('sh', ['-c', 'command -v docker-registry'])).code !== 0) {
    throw new Error('docker-registry is missing: `npm test` installs it on Debian and Ubuntu')
  }
  const dir = await tempDir('lamr')
  const host = options.host ?? '127.0.0.1'
  const port = options.port ?? (await freePort(host))
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`
  const storage = join(dir.path, 'data')
  await mkdir(storage)
  const tokens =
    options.auth?.kind === 'token' ? await startTokenServer(dir.path, options.auth) : null
  const tls = options.tls ? await makeCertificate(dir.path, [host, ...(options.names ?? [])]) : null
  const config = {
    version: '0.1',
    log: { level: 'info', accesslog: { disabled: false } },
    storage: {
      filesystem: { rootdirectory: storage },
      delete: { enabled: options.deletes ?? true },
    },
    http: {
      addr: address,
      secret: 'a test',
      ...(tls ? { tls: { certificate: tls.certificate, key: tls.key } } : {}),
    },
    ...(await authConfig(dir.path, options, tokens)),
  }
  // YAML is a superset of JSON.
  const file = join(dir.path, 'config.yml')
  await writeFile(file, JSON.stringify(config))
  const service = await startService('docker-registry', ['serve', file])
  const ca = tls ? await readFile(tls.ca) : null
  const url = `${tls ? 'https' : 'http'}://${address}`
  const request: TestRegistry['request'] = (path, o = {}) =>
    send(url, path, o, { host, port, ...(ca ? { ca } : {}) })
  const stop = async (): Promise<void> => {
    await service.stop()
    await tokens?.stop()
    await dir.remove()
  }
  try {
    await waitFor('docker-registry', async () => {
      if (!service.isRunning()) return true
      return [200, 401].includes((await request('/v2/')).status)
    })
    if (!service.isRunning()) throw new Error('docker-registry ended at once')
  } catch (cause) {
    await stop()
    throw new Error(`docker-registry did not come up:\n${service.log()}`, { cause })
  }
  const caFile = tls?.ca ?? null
  return { port, address, url, storage, caFile, tokens, log: service.log, request, stop }
}

async function authConfig(
  dir: string,
  { auth }: RegistryOptions,
  tokens: TokenServer | null,
): Promise<Record<string, unknown>> {
  if (!auth) return {}
  if (auth.kind === 'token') {
    const { realm, service, issuer, certificate } = tokens ?? {}
    return { auth: { token: { realm, service, issuer, rootcertbundle: certificate } } }
  }
  const lines = await Promise.all(
    Object.entries(auth.users).map(([user, password]) =>
      runOk('htpasswd', ['-niB', user], { input: password }),
    ),
  )
  const path = join(dir, 'htpasswd')
  await writeFile(path, lines.map((line) => `${line.trim()}\n`).join(''))
  return { auth: { htpasswd: { realm: 'Lamina test', path } } }
}

/** A CA and a certificate for these names and addresses, made with openssl. */
export async function makeCertificate(
  dir: string,
  names: string[],
): Promise<{ certificate: string; key: string; ca: string }> {
  const at = (name: string): string => join(dir, name)
  const alt = names.map((name) => (/^[\d.]+$|:/.test(name) ? `IP:${name}` : `DNS:${name}`))
  await writeFile(at('ext'), `subjectAltName=${alt.join(',')}\n`)
  await runOk('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=Lamina test'],
    ...['-keyout', at('ca.key'), '-out', at('ca.crt')],
  ])
  await runOk('openssl', [
    ...['req', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=registry'],
    ...['-keyout', at('tls.key'), '-out', at('tls.csr')],
  ])
  await runOk('openssl', [
    ...['x509', '-req', '-days', '2', '-in', at('tls.csr'), '-extfile', at('ext')],
    ...['-CA', at('ca.crt'), '-CAkey', at('ca.key'), '-CAcreateserial', '-out', at('tls.crt')],
  ])
  return { certificate: at('tls.crt'), key: at('tls.key'), ca: at('ca.crt') }
}

function send(
  url: string,
  path: string,
  { method = 'GET', headers = {}, login }: RegistryRequest,
  target: RequestOptions & { ca?: Buffer },
): Promise<TextAnswer> {
  const basic = login ? { authorization: `Basic ${Buffer.from(login).toString('base64')}` } : {}
  const start = url.startsWith('https:') ? httpsRequest : httpRequest
  const options = { ...target, path, method, headers: { ...headers, ...basic }, timeout: 20_000 }
  return answerTo(start(options), `${method} ${path}`)
}
