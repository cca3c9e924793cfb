/** Accounts through the app's main, at a real docker-registry with users. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { startRegistry, type TestRegistry } from '../../support/registry'
import { run } from '../../support/run'
import { tempDir, type TempDir } from '../../support/temp'
import { errorOf, openApp, type TestApp } from '../support'

const PASSWORD = 'Tr0ub4dor-and-3'

let registry: TestRegistry
let dir: TempDir
let app: TestApp
const dockerDir = () => join(dir.path, 'docker')
const configFile = () => join(dockerDir(), 'config.json')

beforeAll(async () => {
  registry = await startRegistry({ auth: { kind: 'htpasswd', users: { ann: PASSWORD } } })
})
afterAll(() => registry?.stop())
beforeEach(async () => {
  dir = await tempDir('acc')
  await mkdir(dockerDir())
  app = await openApp({
    engine: 'bundled',
    home: join(dir.path, 'home'),
    env: { DOCKER_CONFIG: dockerDir() },
  })
})
afterEach(async () => {
  await app.close()
  await dir.remove()
})

const input = (password: string | null) => ({
  id: null,
  address: registry.address,
  protocol: 'http' as const,
  username: 'ann',
  password,
})
const repositories = (id: string) =>
  app.call('registries.repositories', { id, after: null, limit: 10 })

it('signs in before it saves, and saves anyway when asked to', async () => {
  expect(
    await errorOf(app.call('registries.save', { ...input('wrong'), check: true })),
  ).toMatchObject({ code: 'registry_unauthorized', params: { address: registry.address } })
  expect(await app.call('registries.list', {})).toEqual([])
  const anyway = await app.call('registries.save', input('wrong'))
  expect(anyway.secret).toEqual({ kind: 'memory' })
  const right = { ...input(PASSWORD), id: anyway.id, check: true }
  const saved = await app.call('registries.save', right)
  expect(await repositories(saved.id)).toMatchObject({ repositories: [] })
  expect(JSON.stringify(saved)).not.toContain(PASSWORD)

  const out = await app.call('registries.signOut', { id: saved.id })
  expect(out).toMatchObject({ address: registry.address, username: 'ann', secret: null })
  expect((await errorOf(repositories(saved.id))).code).toBe('registry_catalog_refused')
})

it('keeps a password in config.json by choice only, and nowhere else', async () => {
  const choices = await app.call('registries.secretStores', { address: registry.address })
  expect(choices).toEqual([{ kind: 'memory' }, { kind: 'docker-config' }])
  await app.call('registries.save', input(PASSWORD))
  expect(await readdir(dockerDir())).toEqual([])
  expect(await holders(dir.path)).toEqual([])

  const [before] = await app.call('registries.list', {})
  const keep = 'docker-config' as const
  const chosen = await app.call('registries.save', {
    ...input(PASSWORD),
    ...{ id: before!.id, keep, check: true },
  })
  expect(chosen.secret).toEqual({ kind: 'docker-config' })
  expect(await holders(dir.path)).toEqual([configFile()])
  expect((await run('ps', ['axww', '-o', 'args'])).stdout).not.toContain(PASSWORD)
  await app.call('registries.signOut', { id: chosen.id })
  expect(await holders(dir.path)).toEqual([])
})

it('offers logins of docker’s, and adds one with what docker keeps', async () => {
  const auth = Buffer.from(`ann:${PASSWORD}`).toString('base64')
  const auths = { [`http://${registry.address}/v1/`]: { auth }, 'other.lab': { auth } }
  await writeFile(configFile(), JSON.stringify({ auths }))
  const store = { kind: 'docker-config' }
  expect(await app.call('registries.found', {})).toEqual([
    { address: registry.address, username: 'ann', store },
    { address: 'other.lab', username: 'ann', store },
  ])
  const added = await app.call('registries.save', { ...input(null), check: true })
  expect(added.secret).toEqual(store)
  expect(await repositories(added.id)).toMatchObject({ repositories: [] })
  expect((await app.call('registries.found', {})).map(({ address }) => address)).toEqual([
    'other.lab',
  ])
  // It is docker's: to take the registry from the list is no reason to sign docker out.
  await app.call('registries.remove', { id: added.id })
  expect(JSON.parse(await readFile(configFile(), 'utf8'))).toEqual({ auths })
})

/** Files in which the password stands, as it is or as Docker writes it. */
async function holders(folder: string): Promise<string[]> {
  const forms = [PASSWORD, Buffer.from(`ann:${PASSWORD}`).toString('base64')]
  const found: string[] = []
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) found.push(...(await holders(path)))
    else if (entry.isFile()) {
      // The app may put a file in its place just now, and take the temporary one away.
      const text = await readFile(path, 'utf8').catch(() => '')
      if (forms.some((form) => text.includes(form))) found.push(path)
    }
  }
  return found
}
