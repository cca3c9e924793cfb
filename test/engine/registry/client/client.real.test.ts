import { createHash, randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { connect, createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { LaminaError } from '@shared/errors'
import { digestOf } from '../../../../src/engine/oci/digest'
import { OCI_MANIFEST } from '../../../../src/engine/oci/media-types'
import { RegistryClient } from '../../../../src/engine/registry/client/client'
import { credentialsOf } from '../../../../src/engine/registry/client/credentials'
import { endpointOf } from '../../../../src/engine/registry/client/endpoint'
import type { SessionOptions } from '../../../../src/engine/registry/client/session'
import { startRegistry, type RegistryOptions, type TestRegistry } from '../../../support/registry'
import { freePort } from '../../../support/temp'

const users = { mei: 'secret' }
const mei = credentialsOf({ username: 'mei', password: 'secret' })
const wrong = credentialsOf({ username: 'mei', password: 'wrong' })

async function registryOf(options: RegistryOptions = {}): Promise<TestRegistry> {
  const registry = await startRegistry(options)
  onTestFinished(() => registry.stop())
  return registry
}

function clientOf(
  address: string,
  protocol: 'http' | 'https' = 'http',
  options: SessionOptions = {},
): RegistryClient {
  const client = new RegistryClient(endpointOf(address, protocol), options)
  onTestFinished(() => client.close())
  return client
}

const blobOf = (bytes: Buffer) => ({
  digest: digestOf(bytes),
  size: bytes.length,
  open: async ({ start }: { start: number }) => chunksOf(bytes.subarray(start)),
})

async function* chunksOf(bytes: Buffer) {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536)
}

async function readAll(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const chunk of chunks) parts.push(chunk)
  return Buffer.concat(parts)
}

/** The code of the error that a promise ends in. */
async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'no error',
    (error: LaminaError) => error.code ?? String(error),
  )
}

/** Uploads one blob and a manifest of it, as an image of one layer. */
async function pushSmall(client: RegistryClient, repository: string, tag: string): Promise<string> {
  const config = Buffer.from('{}')
  const layer = randomBytes(200_000)
  for (const bytes of [config, layer]) await client.uploadBlob(repository, blobOf(bytes))
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: digestOf(config),
      size: config.length,
    },
    layers: [
      {
        mediaType: 'application/vnd.oci.image.layer.v1.tar',
        digest: digestOf(layer),
        size: layer.length,
      },
    ],
  }
  const bytes = Buffer.from(JSON.stringify(manifest))
  return client.putManifest(repository, tag, { mediaType: OCI_MANIFEST, bytes })
}

describe('RegistryClient and docker-registry', () => {
  it('does everything with an open one', async () => {
    const registry = await registryOf()
    const client = clientOf(registry.address)
    expect(await client.ping()).toEqual({ auth: 'none' })
    expect(await client.probe()).toEqual({ auth: 'none', signedIn: null, catalog: true })

    const bytes = randomBytes(3_000_000)
    const source = blobOf(bytes)
    expect(await client.headBlob('a/b', source.digest)).toBeNull()
    const seen: number[] = []
    const done = await client.uploadBlob('a/b', source, { onProgress: (n) => seen.push(n) })
    expect(done).toEqual({ how: 'uploaded' })
    expect(seen.at(-1)).toBe(bytes.length)
    expect(await client.headBlob('a/b', source.digest)).toEqual({ size: bytes.length })
    expect((await readAll(client.readBlob('a/b', source.digest))).equals(bytes)).toBe(true)
    const tail = await readAll(client.readBlob('a/b', source.digest, { offset: 2_999_000 }))
    expect(tail.equals(bytes.subarray(2_999_000))).toBe(true)
    expect(await client.uploadBlob('c/d', source, { from: 'a/b' })).toEqual({
      how: 'mounted',
      from: 'a/b',
    })
    await client.uploadBlob('a/b', blobOf(Buffer.alloc(0)))

    const digest = await pushSmall(client, 'a/b', '1.0')
    expect((await client.headManifest('a/b', '1.0'))?.digest).toBe(digest)
    const manifest = await client.getManifest('a/b', '1.0')
    expect(manifest.digest).toBe(digest)
    expect(manifest.mediaType).toBe(OCI_MANIFEST)
    expect(await client.headManifest('a/b', '2.0')).toBeNull()
    expect(await codeOf(client.getManifest('a/b', '2.0'))).toBe('manifest_unknown')
    expect(await codeOf(client.tags('no/such'))).toBe('manifest_unknown')
    expect(await client.tags('a/b')).toEqual(['1.0'])
    await pushSmall(client, 'c/d', '1')
    const first = await client.repositories({ after: null, limit: 1 })
    expect(first).toEqual({ repositories: ['a/b'], next: 'a/b' })
    const second = await client.repositories({ after: first.next, limit: 1 })
    expect(second.repositories).toEqual(['c/d'])
    await client.deleteManifest('a/b', digest)
    expect(await client.headManifest('a/b', '1.0')).toBeNull()
  })

  it('signs in with basic authorization, and says what is wrong', async () => {
    const registry = await registryOf({ auth: { kind: 'htpasswd', users } })
    const client = clientOf(registry.address, 'http', { credentials: mei })
    expect(await client.probe()).toEqual({ auth: 'basic', signedIn: true, catalog: true })
    await client.signIn()
    await pushSmall(client, 'a/b', '1')
    expect(await client.tags('a/b')).toEqual(['1'])

    const bad = clientOf(registry.address, 'http', { credentials: wrong })
    expect(await bad.probe()).toEqual({ auth: 'basic', signedIn: false, catalog: false })
    expect(await codeOf(bad.signIn())).toBe('registry_unauthorized')
    expect(await codeOf(pushSmall(bad, 'a/b', '1'))).toBe('registry_unauthorized')
    const nobody = clientOf(registry.address)
    expect(await nobody.probe()).toEqual({ auth: 'basic', signedIn: null, catalog: false })
    expect(await codeOf(nobody.tags('a/b'))).toBe('registry_login_required')
  })

  it('fetches tokens as Aliyun ACR wants them', async () => {
    const registry = await registryOf({
      auth: {
        kind: 'token',
        users,
        allow: (user, name, actions) => (user && name.startsWith('mhk/') ? actions : []),
      },
    })
    const client = clientOf(registry.address, 'http', { credentials: mei })
    expect(await client.probe()).toEqual({ auth: 'bearer', signedIn: true, catalog: false })
    await pushSmall(client, 'mhk/app', '1')
    const source = blobOf(randomBytes(1000))
    await client.uploadBlob('mhk/app', source)
    const mounted = await client.uploadBlob('mhk/other', source, { from: 'mhk/app' })
    expect(mounted.how).toBe('mounted')
    expect(await client.tags('mhk/app')).toEqual(['1'])

    expect(await codeOf(pushSmall(client, 'else/app', '1'))).toBe('registry_denied')
    expect(await codeOf(client.repositories({ after: null, limit: 9 }))).toBe(
      'registry_catalog_refused',
    )
    const bad = clientOf(registry.address, 'http', { credentials: wrong })
    expect(await codeOf(bad.signIn())).toBe('registry_unauthorized')
    expect(await codeOf(bad.tags('mhk/app'))).toBe('registry_unauthorized')
    expect(await codeOf(clientOf(registry.address).tags('mhk/app'))).toBe('registry_login_required')
  })

  it('shares one token among parallel requests and renews a stale one', async () => {
    const registry = await registryOf({ auth: { kind: 'token', users, expiresIn: 1 } })
    const client = clientOf(registry.address, 'http', { credentials: mei })
    await pushSmall(client, 'a/b', '1')
    const before = registry.tokens?.requests.length ?? 0
    await new Promise((resolve) => setTimeout(resolve, 1_100))
    await Promise.all(Array.from({ length: 10 }, () => client.headManifest('a/b', '1')))
    expect(registry.tokens?.requests.length).toBe(before + 1)
    await pushSmall(client, 'a/b', '2')
  })

  it('trusts an own CA and nobody else', async () => {
    const registry = await registryOf({ tls: true })
    const ca = [await readFile(registry.caFile ?? '', 'utf8')]
    const client = clientOf(registry.address, 'https', { ca })
    await pushSmall(client, 'a/b', '1')
    expect(await client.tags('a/b')).toEqual(['1'])
    expect(await codeOf(clientOf(registry.address, 'https').ping())).toBe('registry_certificate')
    const careless = new RegistryClient(endpointOf(registry.address, 'https', { verify: false }))
    onTestFinished(() => careless.close())
    expect(await careless.ping()).toEqual({ auth: 'none' })
    expect(await codeOf(clientOf(registry.address, 'http').ping())).toBe('registry_speaks_https')
  })

  it('tells http from https, a web server from a registry, and silence from both', async () => {
    const registry = await registryOf()
    expect(await codeOf(clientOf(registry.address, 'https').ping())).toBe('registry_speaks_http')
    const web = await listen(createServer((_req, res) => res.end('<html></html>')))
    expect(await codeOf(clientOf(web).ping())).toBe('registry_not_one')
    const nothing = `127.0.0.1:${await freePort()}`
    expect(await codeOf(clientOf(nothing).ping())).toBe('registry_unreachable')
    expect(await codeOf(clientOf(nothing, 'https').ping())).toBe('registry_unreachable')
  })

  it('goes on where an upload and a download broke', async () => {
    const registry = await registryOf()
    const bytes = randomBytes(8_000_000)
    const source = blobOf(bytes)
    const proxy = await cuttingProxy(registry.port)
    const client = clientOf(proxy.address)
    proxy.cutAfter = { toServer: 3_000_000, times: 2 }
    expect((await client.uploadBlob('a/b', source)).how).toBe('uploaded')
    expect(proxy.cuts).toBe(2)
    proxy.cutAfter = { toClient: 2_000_000, times: 2 }
    const got = await readAll(client.readBlob('a/b', source.digest))
    expect(createHash('sha256').update(got).digest('hex')).toBe(source.digest.slice(7))
    expect(proxy.cuts).toBe(4)
  })

  it('ends with cancelled as soon as the signal fires', async () => {
    const registry = await registryOf()
    const client = clientOf(registry.address)
    const abort = new AbortController()
    const slow = {
      ...blobOf(randomBytes(1_000_000)),
      open: async () =>
        (async function* () {
          yield Buffer.alloc(10)
          abort.abort()
          await new Promise((resolve) => setTimeout(resolve, 20_000))
        })(),
    }
    const started = Date.now()
    expect(await codeOf(client.uploadBlob('a/b', slow, { signal: abort.signal }))).toBe('cancelled')
    expect(Date.now() - started).toBeLessThan(3_000)
  })
})

describe('RegistryClient and a server that plays up', () => {
  it('takes Authorization to no other host', async () => {
    const bytes = randomBytes(1000)
    const seen: (string | undefined)[] = []
    const storage = await listen(
      createServer((req, res) => {
        seen.push(req.headers.authorization)
        res.end(bytes)
      }),
    )
    const registry = await listen(
      createServer((req, res) => {
        if (!req.headers.authorization) {
          res.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
        } else res.writeHead(307, { location: `http://${storage}/signed?x=1` }).end()
      }),
    )
    const client = clientOf(registry, 'http', { credentials: mei })
    expect((await readAll(client.readBlob('a/b', digestOf(bytes)))).equals(bytes)).toBe(true)
    expect(seen).toEqual([undefined])
  })

  it('tries again after 503 and 429 as asked, and not for ever', async () => {
    let calls = 0
    const flaky = await listen(
      createServer((_req, res) => {
        calls++
        if (calls === 1) res.writeHead(503).end()
        else if (calls === 2) res.writeHead(429, { 'retry-after': '0' }).end()
        else res.writeHead(200, { 'content-type': 'application/json' }).end('{"tags":["1"]}')
      }),
    )
    expect(await clientOf(flaky).tags('a/b')).toEqual(['1'])
    const limited = await listen(
      createServer((_req, res) => {
        res.writeHead(429, { 'retry-after': '86400' })
        res.end('{"errors":[{"code":"TOOMANYREQUESTS","message":"pull rate limit"}]}')
      }),
    )
    expect(await codeOf(clientOf(limited).tags('a/b'))).toBe('registry_rate_limited')
  })

  it('signs in again when its token is refused in the middle of a push', async () => {
    let issued = 0
    const tokens = await listen(
      createServer((_req, res) => res.end(JSON.stringify({ token: `t${++issued}` }))),
    )
    const received: Buffer[] = []
    const registry = await listen(
      createServer((req, res) => {
        const tooOld = req.method === 'PATCH' && issued < 2
        if (!req.headers.authorization || tooOld) {
          const realm = `Bearer realm="http://${tokens}/",service="x",scope="repository:a/b:pull,push"`
          req.resume()
          res.writeHead(401, { 'www-authenticate': realm }).end()
          return
        }
        req.on('data', (chunk: Buffer) => received.push(chunk))
        req.on('end', () => {
          const location = '/v2/a/b/blobs/uploads/1'
          res.writeHead(req.method === 'PUT' ? 201 : 202, { location }).end()
        })
      }),
    )
    const bytes = randomBytes(500_000)
    await clientOf(registry, 'http', { credentials: mei }).uploadBlob('a/b', blobOf(bytes))
    expect(Buffer.concat(received).equals(bytes)).toBe(true)
    expect(issued).toBe(2)
  })

  it('uses an identity token in place of the password', async () => {
    const forms: string[] = []
    const tokens = await listen(
      createServer((req, res) => {
        let form = ''
        req.on('data', (chunk: Buffer) => (form += chunk.toString()))
        req.on('end', () => {
          forms.push(`${req.method} ${form}`)
          res.end(JSON.stringify({ access_token: 'ok' }))
        })
      }),
    )
    const registry = await listen(
      createServer((req, res) => {
        if (req.headers.authorization !== 'Bearer ok') {
          const realm = `Bearer realm="http://${tokens}/token",service="x"`
          res.writeHead(401, { 'www-authenticate': realm }).end()
        } else res.end('{}')
      }),
    )
    const credentials = credentialsOf({ username: '<token>', identitytoken: 'refresh-me' })
    await clientOf(registry, 'http', { credentials }).signIn()
    expect(forms).toHaveLength(1)
    expect(forms[0]).toMatch(/^POST grant_type=refresh_token&refresh_token=refresh-me&/)
  })

  it('refuses a manifest that is not what its digest says', async () => {
    const liar = await listen(
      createServer((_req, res) => {
        res.writeHead(200, { 'content-type': OCI_MANIFEST })
        res.end('{}')
      }),
    )
    const digest = digestOf('something else')
    expect(await codeOf(clientOf(liar).getManifest('a/b', digest))).toBe('digest_mismatch')
  })

  it('goes through the proxy of the environment, but not to loopback', async () => {
    const connects: string[] = []
    const registry = await registryOf()
    const proxy = createServer()
    proxy.on('connect', (req, socket) => {
      connects.push(req.url ?? '')
      const upstream = connect(registry.port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
        upstream.pipe(socket).pipe(upstream)
      })
    })
    const env = { http_proxy: `http://${await listen(proxy)}` }
    const far = clientOf('registry.invalid:5000', 'http', { env })
    await pushSmall(far, 'a/b', '1')
    expect(connects[0]).toBe('registry.invalid:5000')
    expect(await clientOf(registry.address, 'http', { env }).tags('a/b')).toEqual(['1'])
    expect(new Set(connects)).toEqual(new Set(['registry.invalid:5000']))
  })
})

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

interface CuttingProxy {
  address: string
  cutAfter: { toServer?: number; toClient?: number; times: number }
  cuts: number
}

/** A TCP proxy that breaks a connection once so many bytes have passed. */
async function cuttingProxy(port: number): Promise<CuttingProxy> {
  const sockets = new Set<Socket>()
  const state: CuttingProxy = { address: '', cutAfter: { times: 0 }, cuts: 0 }
  const server = createTcpServer((client) => {
    const upstream = connect(port, '127.0.0.1')
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
    }
    const pass = (from: Socket, to: Socket, way: 'toServer' | 'toClient') => {
      let passed = 0
      from.on('data', (chunk: Buffer) => {
        passed += chunk.length
        const { cutAfter } = state
        if (cutAfter.times > 0 && passed > (cutAfter[way] ?? Infinity)) {
          cutAfter.times--
          state.cuts++
          client.destroy()
          upstream.destroy()
        } else if (!to.write(chunk)) {
          from.pause()
          to.once('drain', () => from.resume())
        }
      })
      from.on('close', () => to.destroy())
    }
    pass(client, upstream, 'toServer')
    pass(upstream, client, 'toClient')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  state.address = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return state
}
