import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { request, type IncomingHttpHeaders } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import WebSocket from 'ws'
import { createBridge, joinHandlers, type Bridge } from '../../../src/main/bridge'
import { startServer, type BrowserServer } from '../../../src/main/browser/server'
import { EventHub } from '../../../src/main/services/event-hub'
import { FilesService } from '../../../src/main/services/files'
import { calls } from '../../../src/shared/contract'
import { tempDir, waitFor, type TempDir } from '../../support/temp'

interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: string
}

let dir: TempDir
let files: FilesService
let bridge: Bridge
let server: BrowserServer
/** Addresses that the server wanted to be printed. */
const printed: string[] = []
/** As the browser holds it after the token was used. */
let cookie: string

const host = () => `127.0.0.1:${server.port}`
const origin = () => `http://${host()}`

beforeAll(async () => {
  dir = await tempDir()
  const uiRoot = join(dir.path, 'ui')
  await mkdir(join(uiRoot, 'assets'), { recursive: true })
  await writeFile(join(uiRoot, 'index.html'), '<title>Lamina</title>')
  await writeFile(join(uiRoot, 'assets/a.js'), 'export {}')
  await writeFile(join(dir.path, 'secret.html'), 'secret')
  files = new FilesService(join(dir.path, 'home'), null)
  const settings = { language: 'en', theme: 'dark' } as const
  const rest = Object.keys(calls)
    .filter((name) => name !== 'settings.get')
    .map((name) => [name, () => new Promise<never>(() => undefined)])
  const handlers = joinHandlers({ 'settings.get': async () => settings }, Object.fromEntries(rest))
  bridge = createBridge(handlers, new EventHub())
  const onLockedOut = (address: string) => printed.push(address)
  server = await startServer({ bridge, files }, { port: 0, uiRoot, onLockedOut })
  const { pathname, search } = new URL(server.address())
  const answer = await send(pathname + search, { cookie: null })
  cookie = String(answer.headers['set-cookie']?.[0]).split(';')[0] as string
})

afterAll(async () => {
  await server.close()
  await files.close()
  await dir.remove()
})

/** One request as a browser would send it; null leaves a header out. */
function send(
  path: string,
  options: {
    method?: string
    cookie?: string | null
    host?: string
    origin?: string | null
    body?: string
  } = {},
): Promise<Answer> {
  const headers: Record<string, string> = { host: options.host ?? host() }
  const mine = options.cookie === undefined ? cookie : options.cookie
  if (mine !== null) headers.cookie = mine
  if (options.origin) headers.origin = options.origin
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port: server.port, path, method: options.method ?? 'GET', headers },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString('utf8'),
          }),
        )
      },
    )
    sent.on('error', reject)
    sent.end(options.body)
  })
}

describe('the token', () => {
  it('works once, and becomes a cookie that a script cannot read', async () => {
    const { pathname, search } = new URL(server.address())
    const first = await send(pathname + search, { cookie: null })
    expect(first).toMatchObject({ status: 303, headers: { location: '/' } })
    const set = String(first.headers['set-cookie']?.[0])
    expect(set).toContain('HttpOnly')
    expect(set).toContain('SameSite=Strict')
    const second = await send(pathname + search, { cookie: null })
    expect(second.status).toBe(401)
    expect(second.headers['set-cookie']).toBeUndefined()
  })

  it('is followed by another in the terminal when a browser without the cookie comes', async () => {
    const { pathname, search } = new URL(server.address())
    printed.length = 0
    await send('/', { cookie: null })
    expect(printed).toEqual([]) // the one before was not used yet
    await send(pathname + search, { cookie: null })
    const locked = await send('/', { cookie: null })
    await send('/', { cookie: null })
    expect(printed).toHaveLength(1)
    expect(locked.body).not.toContain('token')
    const next = new URL(String(printed[0]))
    expect((await send(next.pathname + next.search, { cookie: null })).status).toBe(303)
  })

  it('is not kept in the address of whoever has the cookie already', async () => {
    const answer = await send('/?token=old')
    expect(answer).toMatchObject({ status: 303, headers: { location: '/' } })
  })

  it.each(['', 'x', 'token', '%00'])('is not guessed: %j', async (token) => {
    expect((await send(`/?token=${token}`, { cookie: null })).status).toBe(401)
  })

  it('counts only at the address that was printed', async () => {
    const { search } = new URL(server.address())
    expect((await send(`/assets/a.js${search}`, { cookie: null })).status).toBe(401)
    expect((await send(`/${search}`, { cookie: null, method: 'POST' })).status).toBe(401)
    expect((await send(`/${search}`, { cookie: null })).status).toBe(303)
  })
})

describe('without the cookie', () => {
  it.each(['/', '/index.html', '/assets/a.js', '/download/x', '/upload?name=x', '/ws', '/none'])(
    '%s is not reachable',
    async (path) => {
      expect((await send(path, { cookie: null })).status).toBe(401)
      expect((await send(path, { cookie: `lamina_${server.port}=wrong` })).status).toBe(401)
      expect((await send(path, { cookie: cookie.replace('lamina_', 'other_') })).status).toBe(401)
    },
  )
})

describe('with the cookie', () => {
  it('serves the interface with a strict policy, again and again', async () => {
    for (let reload = 0; reload < 3; reload++) {
      const answer = await send('/')
      expect(answer).toMatchObject({ status: 200, body: '<title>Lamina</title>' })
      const policy = String(answer.headers['content-security-policy'])
      expect(policy).toContain("default-src 'none'")
      expect(policy).toContain("script-src 'self';")
      expect(policy).toContain("frame-ancestors 'none'")
      expect(answer.headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
      })
    }
    expect((await send('/assets/a.js')).headers['content-type']).toContain('text/javascript')
  })

  it.each([
    '/../secret.html',
    '/..%2fsecret.html',
    '/%2e%2e/secret.html',
    '/assets/..%2f..%2fsecret.html',
    '/..\\secret.html',
    '/..%5csecret.html',
    '//secret.html',
    '/assets',
    '/%00',
    '/%',
    '/etc/passwd',
  ])('does not leave the folder of the interface: %s', async (path) => {
    const answer = await send(path)
    expect(answer.status).toBe(404)
    expect(answer.body).not.toContain('secret')
  })

  it.each(['evil.example', 'evil.example:80', '127.0.0.1', 'localhost:1', '[::1]:80'])(
    'refuses the Host %j, as a rebound name would send it',
    async (name) => {
      expect((await send('/', { host: name })).status).toBe(403)
    },
  )

  it('takes localhost as its own name', async () => {
    expect((await send('/', { host: `localhost:${server.port}` })).status).toBe(200)
  })

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('refuses %s', async (method) => {
    expect((await send('/', { method })).status).toBe(405)
  })

  it('listens on the loopback only', async () => {
    const refused = await new Promise<boolean>((resolve) => {
      const socket = connect({ host: '127.0.0.2', port: server.port })
      socket.on('connect', () => (socket.destroy(), resolve(false)))
      socket.on('error', () => resolve(true))
    })
    expect(refused).toBe(true)
  })
})

describe('the WebSocket', () => {
  function open(headers: Record<string, string>, path = '/ws'): Promise<WebSocket> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(`ws://${host()}${path}`, { headers })
      socket.on('open', () => resolve(socket))
      socket.on('error', reject)
    })
  }

  it('carries calls and results', async () => {
    const socket = await open({ cookie, origin: origin() })
    const message = new Promise((resolve) =>
      socket.once('message', (data) => resolve(JSON.parse(String(data)))),
    )
    socket.send(JSON.stringify({ type: 'call', id: 7, name: 'settings.get', input: {} }))
    expect(await message).toEqual({
      type: 'result',
      id: 7,
      ok: true,
      value: { language: 'en', theme: 'dark' },
    })
    socket.close()
  })

  it.each([
    ['no cookie', () => ({ origin: origin() })],
    ['a wrong cookie', () => ({ origin: origin(), cookie: `lamina_${server.port}=x` })],
    ['no Origin', () => ({ cookie })],
    ['another Origin', () => ({ cookie, origin: 'http://evil.example' })],
    ['another port', () => ({ cookie, origin: 'http://127.0.0.1:1' })],
    ['https', () => ({ cookie, origin: `https://${host()}` })],
    ['another Host', () => ({ cookie, origin: 'http://evil.example', host: 'evil.example' })],
    [
      'a Host that is not its Origin',
      () => ({ cookie, origin: `http://localhost:${server.port}` }),
    ],
  ])('is refused with %s', async (_what, headers) => {
    await expect(open(headers())).rejects.toThrow('403')
  })

  it('is at its own path only', async () => {
    await expect(open({ cookie, origin: origin() }, '/other')).rejects.toThrow('403')
  })

  it('is closed by what is no message', async () => {
    const socket = await open({ cookie, origin: origin() })
    const closed = new Promise<number>((resolve) => socket.once('close', resolve))
    socket.send('{nonsense')
    expect(await closed).toBe(1007)
  })
})

describe('files', () => {
  it('takes an upload and gives it back by its handle', async () => {
    const name = '镜像 "1".tar'
    const path = `/upload?name=${encodeURIComponent(name)}`
    const answer = await send(path, { method: 'POST', origin: origin(), body: 'content' })
    expect(answer.status).toBe(200)
    const handle = JSON.parse(answer.body) as { id: string; name: string; size: number }
    expect(handle).toMatchObject({ name: '镜像 _1_.tar', size: 7 })
    expect(JSON.stringify(handle)).not.toContain(dir.path)
    expect(await readFile(files.path(handle.id), 'utf8')).toBe('content')
    const back = await send(`/download/${handle.id}`)
    expect(back).toMatchObject({ status: 200, body: 'content' })
    expect(back.headers['content-disposition']).toMatch(
      /^attachment; filename=".*filename\*=UTF-8''/,
    )
  })

  it.each(['../../escape.html', '/etc/escape', '..', 'C:\\escape', 'a/../../escape'])(
    'keeps an upload in its place, whatever its name: %s',
    async (name) => {
      const path = `/upload?name=${encodeURIComponent(name)}`
      const answer = await send(path, { method: 'POST', origin: origin(), body: 'x' })
      const { id } = JSON.parse(answer.body) as { id: string }
      expect(files.path(id).startsWith(join(dir.path, 'home/transfers/'))).toBe(true)
      expect((await readdir(dir.path)).sort()).toEqual(['home', 'secret.html', 'ui'])
    },
  )

  it('refuses an upload of another site', async () => {
    const send1 = (from: string | null) =>
      send('/upload?name=x', { method: 'POST', origin: from, body: 'x' })
    expect((await send1('http://evil.example')).status).toBe(403)
    expect((await send1(null)).status).toBe(403)
    expect((await send('/upload?name=x')).status).toBe(405)
  })

  it('removes an upload that breaks off', async () => {
    const transfers = join(dir.path, 'home/transfers', String(process.pid))
    const before = (await readdir(transfers)).length
    const socket = connect({ host: '127.0.0.1', port: server.port })
    const head = [
      'POST /upload?name=cut HTTP/1.1',
      `Host: ${host()}`,
      `Origin: ${origin()}`,
      `Cookie: ${cookie}`,
      'Content-Length: 100',
    ]
    socket.write(`${head.join('\r\n')}\r\n\r\nonly this`)
    await waitFor('the part', async () => (await readdir(transfers)).length > before)
    socket.destroy()
    await waitFor('its end', async () => (await readdir(transfers)).length === before)
  })

  it.each(['none', '..%2f..%2fsecret.html', '%2fetc%2fpasswd', ''])(
    'gives nothing that has no handle: %s',
    async (id) => {
      expect((await send(`/download/${id}`)).status).toBe(404)
    },
  )
})

it('says that a port is taken', async () => {
  const taken = startServer(
    { bridge, files },
    { port: server.port, uiRoot: dir.path, onLockedOut: () => undefined },
  )
  await expect(taken).rejects.toMatchObject({
    code: 'port_in_use',
    params: { port: String(server.port), option: '--port' },
  })
})
