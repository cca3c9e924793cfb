/** The registry of one's own, through the app's main: settings, users, restarts, what is refused. */
import { readdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { RegistryServerSettings } from '../../../src/shared/registry-server'
import { freePort, tempDir, waitFor, type TempDir } from '../../support/temp'
import { errorOf, openApp, type TestApp } from '../support'

const PASSWORD = 'battery-staple'
let dir: TempDir
let app: TestApp
let port: number

beforeEach(async () => {
  dir = await tempDir('own')
  port = await freePort()
  app = await open()
})
afterEach(async () => {
  await app.close()
  await dir.remove()
})

const open = () => openApp({ engine: 'bundled', home: join(dir.path, 'home') })
const view = () => app.call('registryServer.view', {})
const settings = (more: Partial<RegistryServerSettings> = {}): RegistryServerSettings => ({
  host: '127.0.0.1',
  port,
  folder: '',
  tls: { kind: 'none' },
  readOnly: false,
  ...more,
})

async function start(more: Partial<RegistryServerSettings> = {}) {
  await app.call('registryServer.save', settings(more))
  return app.call('registryServer.start', {})
}

async function pushSample() {
  const images = await waitFor('the sample', async () => {
    const all = await app.call('images.list', {})
    return all.length > 0 && all
  })
  const reference = `127.0.0.1:${port}/team/app:1`
  return app.task('images.push', { image: images[0]!.id, reference, direct: false })
}

it('is one of the registries while it runs, and signs in by itself', async () => {
  expect((await view()).running).toBeNull()
  expect(await app.call('registries.list', {})).toEqual([])
  expect(await start()).toMatchObject({ address: `127.0.0.1:${port}`, wanted: true, error: null })
  const [own] = await app.call('registries.list', {})
  expect(own).toMatchObject({ own: true, protocol: 'http', username: null, secret: null })
  expect((await pushSample()).state).toBe('done')
  const tags = () => app.call('registries.tags', { id: own!.id, repository: 'team/app' })
  expect(await tags()).toEqual(['1'])

  const { users } = await app.call('registryServer.addUser', { name: 'ann', password: PASSWORD })
  expect(users).toEqual(['ann'])
  expect((await fetch(`http://127.0.0.1:${port}/v2/`)).status).toBe(401)
  const basic = Buffer.from(`ann:${PASSWORD}`).toString('base64')
  const asAnn = await fetch(`http://127.0.0.1:${port}/v2/`, {
    headers: { authorization: `Basic ${basic}` },
  })
  expect(asAnn.status).toBe(200)
  expect((await app.call('registries.list', {}))[0]).toMatchObject({
    username: 'lamina',
    secret: { kind: 'memory' },
  })
  expect(await tags()).toEqual(['1'])
  expect((await pushSample()).state).toBe('done')

  await app.call('registryServer.stop', {})
  expect(await app.call('registries.list', {})).toEqual([])
  for (const name of await readdir(join(dir.path, 'home'), { recursive: false })) {
    const text = await readFile(join(dir.path, 'home', name), 'utf8').catch(() => '')
    expect(text).not.toContain(PASSWORD)
  }
  expect(
    await errorOf(app.call('registries.tags', { id: own!.id, repository: 'team/app' })),
  ).toMatchObject({ code: 'not_found' })
})

it('is started again with the engine and with the app', async () => {
  await start({ tls: { kind: 'made', names: ['nas.lan'] } })
  const before = await view()
  expect(before.certificate?.names).toEqual(expect.arrayContaining(['nas.lan', '127.0.0.1']))
  await app.call('registryServer.addUser', { name: 'ann', password: PASSWORD })
  const lock = join(dir.path, 'home/engine/lock')
  const { pid } = JSON.parse(await readFile(lock, 'utf8')) as { pid: number }
  process.kill(pid, 'SIGKILL')
  const again = async () => {
    const found = await view()
    return found.running !== null && found.address !== null && found
  }
  await waitFor('the registry after a crash', again, { timeout: 30_000 })
  await app.close()
  app = await open()
  const after = await waitFor('the registry after a restart', again, { timeout: 30_000 })
  expect(after.certificate).toEqual(before.certificate)
  expect(after.users).toEqual(['ann'])
  const [own] = await app.call('registries.list', {})
  expect(own).toMatchObject({ protocol: 'https', username: 'lamina' })
  const repositories = { id: own!.id, after: null, limit: 10 }
  expect(await app.call('registries.repositories', repositories)).toMatchObject({
    repositories: [],
  })

  const renewed = await app.call('registryServer.renewCertificate', {})
  expect(renewed.certificate?.fingerprint).not.toBe(before.certificate?.fingerprint)
  expect(await app.call('registries.repositories', repositories)).toMatchObject({
    repositories: [],
  })
})

it('says why it does not run, keeps the wish, and runs when that is gone', async () => {
  const blocker = createServer()
  await new Promise<void>((resolve) => blocker.listen(port, '127.0.0.1', resolve))
  expect(await errorOf(start())).toMatchObject({
    code: 'registry_port_taken',
    params: { port: String(port) },
  })
  expect(await view()).toMatchObject({
    wanted: true,
    running: null,
    error: { code: 'registry_port_taken' },
  })
  await new Promise((resolve) => blocker.close(resolve))
  expect(await app.call('registryServer.start', {})).toMatchObject({ error: null })

  expect(await errorOf(app.call('registryServer.save', settings({ host: '' })))).toMatchObject({
    code: 'registry_needs_users',
  })
  expect((await view()).running).toBeNull()
  await app.call('registryServer.addUser', { name: 'ann', password: PASSWORD })
  const everywhere = await app.call('registryServer.start', {})
  expect(everywhere.address).toBe(`127.0.0.1:${port}`)
  expect(everywhere.others.length).toBeGreaterThan(0)
  expect(await errorOf(app.call('registryServer.removeUser', { name: 'ann' }))).toMatchObject({
    code: 'registry_needs_users',
  })
  expect(
    await errorOf(app.call('registryServer.addUser', { name: 'lamina', password: 'x' })),
  ).toMatchObject({ code: 'name_in_use' })
  const own = { kind: 'own' as const, certificate: '/nowhere/tls.crt', key: '/nowhere/tls.key' }
  expect(await errorOf(app.call('registryServer.save', settings({ tls: own })))).toMatchObject({
    code: 'file_missing',
  })
  expect(
    await errorOf(app.call('registryServer.save', settings({ folder: 'relative' }))),
  ).toMatchObject({
    code: 'invalid_input',
  })
})
