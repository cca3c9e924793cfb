import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { RegistryTarget } from '@shared/lamina-api'
import { createRouter } from '../../../src/engine/docker-api/http/router'
import { registryRoutes } from '../../../src/engine/lamina-api/registry'
import { sharedDaemon } from '../../support/daemon'
import { startRegistry, type RegistryOptions, type TestRegistry } from '../../support/registry'
import { busyboxRootfs } from '../../support/rootfs'
import { freePort } from '../../support/temp'

const users = { mei: 'secret' }

type Ask = (name: string, body: object) => Promise<{ status: number; body: unknown }>

/** The registry routes alone, as main asks them. */
async function startRoutes(): Promise<Ask> {
  const api = { current: 41, oldest: 24, newest: 41 }
  const server = createServer(createRouter(registryRoutes(), { api, headers: {} }))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return async (name, body) => {
    const url = `http://127.0.0.1:${port}/lamina/v1/registry/${name}`
    const answer = await fetch(url, { method: 'POST', body: JSON.stringify(body) })
    return { status: answer.status, body: await answer.json() }
  }
}

async function registryOf(options: RegistryOptions = {}): Promise<TestRegistry> {
  const registry = await startRegistry(options)
  onTestFinished(() => registry.stop())
  return registry
}

function targetOf(address: string, more: Partial<RegistryTarget> = {}): RegistryTarget {
  return { address, protocol: 'http', username: null, password: null, ...more }
}

describe('the registry routes', () => {
  it('probes, lists repositories page by page, and tags', async () => {
    const daemon = sharedDaemon()
    const registry = await registryOf()
    for (const name of ['mhk/a:1', 'mhk/a:2', 'mhk/b:1', 'mhk/c:1']) {
      const full = `${registry.address}/${name}`
      await daemon.dockerOk(['import', await busyboxRootfs(), full])
      await daemon.dockerOk(['push', full])
      await daemon.dockerOk(['rmi', full])
    }
    const ask = await startRoutes()
    const target = targetOf(registry.address)
    expect(await ask('probe', target)).toEqual({
      status: 200,
      body: { auth: 'none', signedIn: null, catalog: true },
    })
    const first = await ask('repositories', { ...target, after: null, limit: 2 })
    expect(first.body).toEqual({ repositories: ['mhk/a', 'mhk/b'], next: 'mhk/b' })
    const second = await ask('repositories', { ...target, after: 'mhk/b', limit: 2 })
    expect(second.body).toEqual({ repositories: ['mhk/c'], next: null })
    const tags = await ask('tags', { ...target, repository: 'mhk/a' })
    expect(tags.body).toEqual({ tags: ['1', '2'], next: null })
    const one = { ...target, repository: 'mhk/a', limit: 1 }
    expect((await ask('tags', one)).body).toEqual({ tags: ['1'], next: '1' })
    expect((await ask('tags', { ...one, after: '1' })).body).toEqual({ tags: ['2'], next: null })
    const tag = { ...target, repository: 'mhk/a', tag: '1' }
    const siblings = (await ask('siblings', tag)).body as { digest: string; tags: string[] }
    const gone = await ask('delete-tag', { ...tag, siblings: 'keep' })
    const expected = siblings.tags.length > 1 ? 'moved' : 'manifest'
    expect(gone.body).toEqual({ digest: siblings.digest, how: expected, removed: ['1'] })
    expect((await ask('tags', { ...target, repository: 'mhk/a' })).body).toEqual({
      tags: ['2'],
      next: null,
    })
    expect((await ask('siblings', tag)).status).toBe(404)
    expect(await ask('tags', { ...target, repository: 'mhk/none' })).toMatchObject({
      status: 404,
      body: { error: { code: 'manifest_unknown' } },
    })
    expect(await ask('tags', { ...target, repository: '../../_catalog?' })).toMatchObject({
      status: 400,
      body: { error: { code: 'reference_invalid' } },
    })
  })

  it('says whether user and password are accepted', async () => {
    const ask = await startRoutes()
    const basic = await registryOf({ auth: { kind: 'htpasswd', users } })
    const token = await registryOf({ auth: { kind: 'token', users } })
    const mei = { username: 'mei', password: 'secret' }
    expect((await ask('probe', targetOf(basic.address, mei))).body).toEqual({
      auth: 'basic',
      signedIn: true,
      catalog: true,
    })
    const wrong = { username: 'mei', password: 'wrong' }
    for (const { address } of [basic, token]) {
      const { body } = await ask('probe', targetOf(address, wrong))
      expect(body).toMatchObject({ signedIn: false, catalog: false })
    }
    const page = { after: null, limit: 10 }
    expect(await ask('repositories', { ...targetOf(token.address, mei), ...page })).toMatchObject({
      status: 200,
    })
    expect(await ask('repositories', { ...targetOf(token.address), ...page })).toMatchObject({
      body: { error: { code: 'registry_login_required' } },
    })
  })

  it('names what is wrong with an address', async () => {
    const ask = await startRoutes()
    const plain = await registryOf()
    const secure = await registryOf({ tls: true })
    const codes: [RegistryTarget, string][] = [
      [targetOf(plain.address, { protocol: 'https' }), 'registry_speaks_http'],
      [targetOf(secure.address), 'registry_speaks_https'],
      [targetOf(secure.address, { protocol: 'https' }), 'registry_certificate'],
      [targetOf(`127.0.0.1:${await freePort()}`), 'registry_unreachable'],
      [targetOf('no such host'), 'invalid_input'],
    ]
    for (const [target, code] of codes) {
      expect(await ask('probe', target)).toMatchObject({ body: { error: { code } } })
    }
  })
})
