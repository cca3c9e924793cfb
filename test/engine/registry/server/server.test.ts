/** The server around the routes: users, https, read-only, addresses, its root, its end. */
import { hashSync } from 'bcryptjs'
import { rename, writeFile } from 'node:fs/promises'
import { connect, createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Users } from '../../../../src/engine/registry/server/auth/users'
import { parseListenAddress } from '../../../../src/engine/registry/server/listen-address'
import { readOptions } from '../../../../src/engine/registry/server/options'
import { temporaryFolders } from '../../blob/temporary-root'
import { codes, content, RegistryUnderTest } from './conformance/registry-under-test'
import { servers } from './servers'

const newFolder = temporaryFolders()
const start = servers()
const hash = (password: string) => hashSync(password, 4).replace('$2b$', '$2y$')

async function htpasswd(text: string): Promise<string> {
  const file = join(await newFolder(), 'htpasswd')
  await writeFile(file, text)
  return file
}

describe('users', () => {
  it('lets in who knows a password, on every route', async () => {
    const file = await htpasswd(`# team\n\nann:${hash('secret: 秘密')}\nbob:${hash('b')}\n`)
    const server = await start({ htpasswd: file })
    const registry = new RegistryUnderTest(server.url)
    for (const path of ['/v2/', '/v2/a/tags/list', '/nowhere']) {
      const answer = await registry.send('GET', path)
      expect([answer.status, codes(answer)]).toEqual([401, ['UNAUTHORIZED']])
      expect(answer.headers['www-authenticate']).toBe('Basic realm="Lamina registry"')
    }
    const status = async (login: string) => (await registry.send('GET', '/v2/', { login })).status
    expect(await status('ann:secret: 秘密')).toBe(200)
    expect(await status('bob:b')).toBe(200)
    for (const login of ['ann:b', 'bob:', 'nobody:b', ':b', 'ann'])
      expect(await status(login)).toBe(401)
    const bearer = await registry.send('GET', '/v2/', { headers: { authorization: 'Bearer x' } })
    expect(bearer.status).toBe(401)
    const signedIn = new RegistryUnderTest(server.url, { login: 'bob:b' })
    await signedIn.pushImage('team/app', 'v1')
  })

  it('reads the file again when it changes', async () => {
    const file = await htpasswd(`ann:${hash('old')}\n`)
    const server = await start({ htpasswd: file })
    const registry = new RegistryUnderTest(server.url)
    const status = async (login: string) => (await registry.send('GET', '/v2/', { login })).status
    expect(await status('ann:old')).toBe(200)
    await writeFile(`${file}.new`, `ann:${hash('new')}\nbob:${hash('b')}\n`)
    await rename(`${file}.new`, file)
    expect([await status('ann:old'), await status('ann:new'), await status('bob:b')]).toEqual([
      ...[401, 200, 200],
    ])
    await writeFile(file, 'ann:{SHA}0DPiKuNIrrVmD8IUCuw1hQxNqZc=\n')
    expect(await status('ann:new')).toBe(401)
    expect(server.lines.join()).toContain('line 1')
  })

  it('compares the same header once', async () => {
    const file = await htpasswd(`ann:${hash('a')}\n`)
    const users = Users.open(file, () => undefined)
    const header = `Basic ${Buffer.from('ann:a').toString('base64')}`
    const first = users.check(header)
    expect(users.check(header)).toBe(first)
    expect(await first).toBe(true)
    expect(users.check(header)).toBe(true)
    expect(users.check(undefined)).toBe(false)
  })

  it('asks guessers to slow down', async () => {
    const file = await htpasswd(`ann:${hash('a')}\n`)
    const users = Users.open(file, () => undefined)
    const guess = (at: number) =>
      users.check(`Basic ${Buffer.from(`ann:${at}`).toString('base64')}`)
    const waiting = Array.from({ length: 200 }, (_, at) => guess(at))
    expect(() => guess(200)).toThrow(
      expect.objectContaining({ status: 429, headers: ['Retry-After', '1'] }),
    )
    expect((await Promise.all(waiting)).every((right) => !right)).toBe(true)
    expect(await guess(200)).toBe(false)
  })

  it('refuses a file that is missing, or has other hashes than bcrypt', async () => {
    await expect(start({ htpasswd: '/nowhere/htpasswd' })).rejects.toMatchObject({
      code: 'file_missing',
    })
    for (const line of ['ann:$apr1$x$y', 'ann', ':$2y$05$x', 'ann:plain']) {
      const file = await htpasswd(`${line}\n`)
      await expect(start({ htpasswd: file })).rejects.toMatchObject({ code: 'invalid_input' })
    }
  })
})

describe('addresses', () => {
  it('reads them', () => {
    expect(parseListenAddress('127.0.0.1:5000')).toEqual({ host: '127.0.0.1', port: 5000 })
    expect(parseListenAddress('[::1]:0')).toEqual({ host: '::1', port: 0 })
    expect(parseListenAddress(':5000')).toEqual({ host: '', port: 5000 })
    for (const text of ['5000', 'a:b', 'a:99999', '::1:5000', 'http://a:1', ''])
      expect(() => parseListenAddress(text)).toThrow()
  })

  it('wants users beyond loopback, or to be told that it needs none', async () => {
    for (const host of ['', '0.0.0.0', '192.168.1.2', '::', 'registry.lab']) {
      await expect(start({ address: { host, port: 0 } })).rejects.toThrow('--htpasswd')
    }
    const open = await start({ address: { host: '', port: 0 }, allowAnonymous: true })
    expect((await new RegistryUnderTest(open.url).send('GET', '/v2/')).status).toBe(200)
  })

  it('says that a port is taken, and leaves the root free', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => other.once('listening', resolve))
    const { port } = other.address() as AddressInfo
    const root = await newFolder()
    await expect(start({ root, address: { host: '127.0.0.1', port } })).rejects.toMatchObject({
      ...{ code: 'port_in_use', params: { port: String(port), option: '--addr' } },
    })
    other.close()
    await start({ root })
  })
})

describe('options', () => {
  const base = ['--root', 'r', '--addr', '127.0.0.1:5000']
  it('reads them', () => {
    expect(readOptions([...base, '--read-only'])).toMatchObject({
      run: 'serve',
      options: { root: 'r', address: { port: 5000 }, readOnly: true, tls: null, htpasswd: null },
    })
    expect(readOptions(['--root', 'r', '--gc', '--untagged'])).toEqual({
      ...{ run: 'collect', root: 'r', untagged: true },
    })
  })

  it('says in one line what is wrong', () => {
    const rows = [
      [[], '--root'],
      [['--root', 'r'], '--addr'],
      [[...base, '--tls-cert', 'c'], '--tls-key'],
      [[...base, '--tls-cert', '/nowhere', '--tls-key', '/nowhere'], '/nowhere'],
      [[...base, '--untagged'], '--untagged'],
      [[...base, '--what'], '--what'],
      [['--root', 'r', '--addr', 'x'], 'HOST:PORT'],
    ] as const
    for (const [args, word] of rows) {
      expect(() => readOptions([...args])).toThrow(word)
    }
  })
})

describe('its root', () => {
  it('belongs to one server', async () => {
    const root = await newFolder()
    const first = await start({ root })
    await expect(start({ root })).rejects.toMatchObject({ code: 'root_locked' })
    await first.close()
    await start({ root })
  })
})

it('refuses every change when it is read-only', async () => {
  const root = await newFolder()
  const before = await start({ root })
  const name = 'team/app'
  const image = await new RegistryUnderTest(before.url).pushImage(name, 'v1')
  await before.close()
  const registry = new RegistryUnderTest((await start({ root, readOnly: true })).url)
  expect((await registry.getManifest(name, 'v1')).body.equals(image.bytes)).toBe(true)
  const rows = [
    ['POST', `/v2/${name}/blobs/uploads/`],
    ['PUT', `/v2/${name}/manifests/v2`],
    ['DELETE', `/v2/${name}/manifests/v1`],
    ['DELETE', `/v2/${name}/blobs/${content().digest}`],
    ['PATCH', `/v2/${name}/blobs/uploads/x`],
  ] as const
  for (const [method, path] of rows) {
    const answer = await registry.send(method, path)
    expect([answer.status, codes(answer)]).toEqual([405, ['UNSUPPORTED']])
  }
})

it('lets a request end, and cuts it off after its patience', async () => {
  const server = await start()
  const registry = new RegistryUnderTest(server.url)
  const blob = content(100_000)
  const upload = await registry.begin('team/app')
  const target = `${upload}?digest=${blob.digest}`
  const slow = connect(server.port, '127.0.0.1')
  let heard = ''
  slow.on('data', (chunk: Buffer) => (heard += chunk.toString()))
  slow.write(`PUT ${target} HTTP/1.1\r\nHost: x\r\nContent-Length: ${blob.bytes.length}\r\n\r\n`)
  slow.write(blob.bytes.subarray(0, 5000))
  const stuck = connect(server.port, '127.0.0.1').resume()
  const other = `${await registry.begin('team/app')}?digest=${blob.digest}`
  stuck.write(`PUT ${other} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n1`)
  stuck.on('error', () => undefined)
  const gone = new Promise((resolve) => stuck.once('close', resolve))
  await new Promise((resolve) => setTimeout(resolve, 100))
  const closing = server.close(5000)
  slow.write(blob.bytes.subarray(5000))
  await closing
  await gone
  expect(heard).toContain('201 Created')
  await expect(registry.send('GET', '/v2/')).rejects.toThrow()
})
