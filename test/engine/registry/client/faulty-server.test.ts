import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { describe, expect, it } from 'vitest'
import { digestOf } from '../../../../src/engine/oci/digest'
import { OCI_MANIFEST } from '../../../../src/engine/oci/media-types'
import { credentialsOf } from '../../../../src/engine/registry/client/credentials'
import { blobOf, clientOf, codeOf, listen, mei, readAll } from './clients'

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

  it('tells how much a registry still gives, and when to come back', async () => {
    let calls = 0
    const hub = await listen(
      createServer((_req, res) => {
        const headers = { 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '7;w=21600' }
        if (calls++ === 0) res.writeHead(200, headers).end('{"tags":["1"]}')
        else {
          res.writeHead(429, { 'retry-after': '3600', 'ratelimit-limit': '100;w=21600' })
          res.end('{"errors":[{"code":"TOOMANYREQUESTS","message":"You have reached your limit"}]}')
        }
      }),
    )
    const client = clientOf(hub)
    await client.tags('a/b')
    expect(client.rateLimit).toEqual({ limit: 100, remaining: 7, window: 21_600 })
    await expect(client.tags('a/b')).rejects.toMatchObject({
      code: 'registry_rate_limited',
      params: {
        retryAfter: '3600',
        limit: '100',
        window: '21600',
        message: 'You have reached your limit (Retry-After: 3600 s)',
      },
    })
  })

  it('gives an upload up that nobody takes', async () => {
    const deaf = await listen(
      createServer((req, res) => {
        if (req.method === 'PATCH') req.pause()
        else res.writeHead(202, { location: '/v2/a/b/blobs/uploads/1' }).end()
      }),
    )
    const options = { bodyTimeout: 300, retry: { attempts: 1, base: 1, ceiling: 1 } }
    const upload = clientOf(deaf, 'http', options).uploadBlob('a/b', blobOf(randomBytes(2e7)))
    await expect(upload).rejects.toMatchObject({ code: 'registry_unreachable' })
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
})
