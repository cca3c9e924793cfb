import { createHash, randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { OCI_MANIFEST } from '../../../../src/engine/oci/media-types'
import { RegistryClient } from '../../../../src/engine/registry/client/client'
import { endpointOf } from '../../../../src/engine/registry/client/endpoint'
import { freePort } from '../../../support/temp'
import {
  blobOf,
  clientOf,
  codeOf,
  cuttingProxy,
  listen,
  mei,
  pushSmall,
  readAll,
  registryOf,
  users,
  wrong,
} from './clients'

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

  it.each(['RS256', 'ES256'] as const)(
    'fetches %s tokens as Aliyun ACR has them',
    async (algorithm) => {
      const registry = await registryOf({
        auth: {
          kind: 'token',
          users,
          algorithm,
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
      expect(await codeOf(clientOf(registry.address).tags('mhk/app'))).toBe(
        'registry_login_required',
      )
    },
  )

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

  it('renews a token that expires in the middle of a push', async () => {
    // docker-registry takes a token for 60 s after its end.
    const auth = { kind: 'token', users, reallyExpiresIn: -57 } as const
    const registry = await registryOf({ auth })
    const client = clientOf(registry.address, 'http', { credentials: mei })
    const blob = blobOf(randomBytes(300_000))
    const open = async ({ start }: { start: number }) => slowly(await blob.open({ start }))
    async function* slowly(chunks: AsyncIterable<Buffer>) {
      let waited = false
      for await (const chunk of chunks) {
        yield chunk
        if (!waited) await new Promise((resolve) => setTimeout(resolve, 5_000))
        waited = true
      }
    }
    expect(await client.uploadBlob('a/b', { ...blob, open })).toEqual({ how: 'uploaded' })
    expect(registry.tokens?.requests.length).toBeGreaterThan(1)
    expect(await client.headBlob('a/b', blob.digest)).toEqual({ size: 300_000 })
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
