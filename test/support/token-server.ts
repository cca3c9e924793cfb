import { createPrivateKey, createSign, randomUUID, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { runOk } from './run'

export interface TokenAuth {
  kind: 'token'
  users: Record<string, string>
  /** The actions that a user (null: anonymous) gets of those asked for; default: all, for users. */
  allow?: (user: string | null, repository: string, actions: string[]) => string[]
  /** Seconds; default 300. */
  expiresIn?: number
  /** Seconds after which a token is expired, where that is not what the answer says. */
  reallyExpiresIn?: number
  /** How tokens are signed; default RS256. */
  algorithm?: 'RS256' | 'ES256'
  /** Whether a login gets an identity token, which gives tokens without the password. */
  identity?: boolean
}

export interface TokenServer {
  realm: string
  service: string
  issuer: string
  /** The certificate that the registry trusts (rootcertbundle). */
  certificate: string
  /** Query strings of the token requests so far; of a POST, its form. */
  requests: string[]
  /** No identity token that was given is good any more. */
  revoke(): void
  stop(): Promise<void>
}

const SERVICE = 'registry.aliyuncs.com:cn-lab:26842'
const ISSUER = 'lab-issuer'

/** A token server like Aliyun ACR's: signed tokens, `denied` as an empty access list. */
export async function startTokenServer(dir: string, auth: TokenAuth): Promise<TokenServer> {
  const keyFile = join(dir, 'token.key')
  const certificate = join(dir, 'token.crt')
  const algorithm = auth.algorithm ?? 'RS256'
  const kind =
    algorithm === 'RS256' ? ['rsa:2048'] : ['ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1']
  await runOk('openssl', [
    ...['req', '-x509', '-newkey', ...kind, '-nodes', '-days', '2', '-subj', '/CN=lab-issuer'],
    ...['-keyout', keyFile, '-out', certificate],
  ])
  const key = createPrivateKey(await readFile(keyFile))
  const x5c = [new X509Certificate(await readFile(certificate)).raw.toString('base64')]
  const requests: string[] = []
  /** Users by their identity tokens. */
  const identities = new Map<string, string>()

  const answer = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const asked = await questionOf(req)
    requests.push(`${asked}`)
    const refreshed = req.method === 'POST'
    const login = credentials(req.headers.authorization)
    if (refreshed ? !identities.has(asked.get('refresh_token') ?? '') : isWrong(login)) {
      send(res, 401, { errors: [{ code: 'UNAUTHORIZED', message: 'authentication required' }] })
      return
    }
    const known = identities.get(asked.get('refresh_token') ?? '')
    const user = (refreshed ? known : login?.user) ?? null
    const allow = auth.allow ?? ((who, _repository, actions) => (who ? actions : []))
    const access = asked
      .getAll('scope')
      .flatMap((scope) => scope.split(' '))
      .map(parseScope)
      .map((s) => ({ ...s, actions: allow(user, s.name, s.actions) }))
      .filter((s) => s.actions.length > 0)
    const now = Math.floor(Date.now() / 1000)
    const expires = auth.expiresIn ?? 300
    const claims = {
      ...{ iss: ISSUER, sub: user ?? '', aud: SERVICE, jti: randomUUID(), access },
      ...{ iat: now, nbf: now - 5, exp: now + (auth.reallyExpiresIn ?? expires) },
    }
    const head = encode({ typ: 'JWT', alg: algorithm, x5c })
    const body = `${head}.${encode(claims)}`
    const signed = createSign('SHA256').update(body).sign({ key, dsaEncoding: 'ieee-p1363' })
    const token = `${body}.${signed.toString('base64url')}`
    const issued = new Date(now * 1000).toISOString()
    const identity = auth.identity && login && asked.has('offline_token') ? randomUUID() : null
    if (identity) identities.set(identity, login?.user ?? '')
    send(res, 200, {
      ...{ token, access_token: token, expires_in: expires, issued_at: issued },
      ...(identity && { refresh_token: identity }),
    })
  }
  const isWrong = (login: Login | null) =>
    login !== null && auth.users[login.user] !== login.password
  const server = createServer((req, res) => void answer(req, res))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const port = (server.address() as AddressInfo).port
  return {
    realm: `http://127.0.0.1:${port}/auth`,
    service: SERVICE,
    issuer: ISSUER,
    certificate,
    requests,
    revoke: () => identities.clear(),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

interface Login {
  user: string
  password: string
}

/** What is asked: the query, or the form of a POST. */
async function questionOf(req: IncomingMessage): Promise<URLSearchParams> {
  if (req.method !== 'POST') return new URL(req.url ?? '/', 'http://token').searchParams
  const parts: Buffer[] = []
  for await (const part of req) parts.push(part as Buffer)
  return new URLSearchParams(Buffer.concat(parts).toString('utf8'))
}

function credentials(header: string | undefined): Login | null {
  const encoded = /^Basic (.+)$/i.exec(header ?? '')?.[1]
  if (!encoded) return null
  const [user = '', ...rest] = Buffer.from(encoded, 'base64').toString('utf8').split(':')
  return { user, password: rest.join(':') }
}

/** `repository:ns/app:push,pull` */
function parseScope(scope: string): { type: string; name: string; actions: string[] } {
  const [type = '', ...rest] = scope.split(':')
  const actions = (rest.pop() ?? '').split(',')
  return { type, name: rest.join(':'), actions }
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function send(res: ServerResponse, status: number, body: unknown): void {
  res.writeHead(status, { 'content-type': 'application/json' })
  res.end(JSON.stringify(body))
}
