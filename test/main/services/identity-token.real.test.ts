/**
 * The identity token that a real `docker login` leaves in config.json, at a registry with a token server
 * like Aliyun's: it stands in for the password until it is taken back.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { sharedDaemon } from '../../support/daemon'
import { startRegistry, type TestRegistry } from '../../support/registry'
import { busyboxRootfs } from '../../support/rootfs'
import { tempDir, type TempDir } from '../../support/temp'
import { errorOf, openApp, type TestApp } from '../support'

const daemon = sharedDaemon()
const IMAGE = 'identity-token:1'
const PASSWORD = 'only-at-the-login'

let dir: TempDir
let registry: TestRegistry
let app: TestApp
let image: string
let id: string
const names: string[] = [IMAGE]
/** What the token server was asked since. */
const since = (before: number) => registry.tokens?.requests.slice(before) ?? []
const asked = () => registry.tokens?.requests.length ?? 0

beforeAll(async () => {
  dir = await tempDir('idt')
  const docker = join(dir.path, 'docker')
  await mkdir(docker)
  await writeFile(join(docker, 'config.json'), JSON.stringify({ auths: { 'nobody.invalid': {} } }))
  registry = await startRegistry({
    auth: { kind: 'token', users: { mei: PASSWORD }, identity: true },
  })
  await daemon.dockerOk(['import', await busyboxRootfs(), IMAGE])
  image = await daemon.dockerOk(['image', 'inspect', '--format', '{{.Id}}', IMAGE])
  const login = ['login', '-u', 'mei', '--password-stdin', registry.address]
  await daemon.dockerOk(login, { input: PASSWORD, env: { DOCKER_CONFIG: docker } })
  const env = { DOCKER_CONFIG: docker }
  app = await openApp({ engine: 'docker', dockerHost: daemon.host, env })
})

afterAll(async () => {
  await app?.close()
  await daemon.docker(['rmi', '-f', ...names])
  await registry?.stop()
  await dir?.remove()
})

it('is found with the name of its user, and without a password', async () => {
  const config = await readFile(join(dir.path, 'docker/config.json'), 'utf8')
  expect(config).toContain('identitytoken')
  const before = asked()
  expect(await app.call('registries.found', {})).toEqual([
    { address: registry.address, username: 'mei', store: { kind: 'docker-config' } },
  ])
  const saved = await app.call('registries.save', {
    ...{ id: null, address: registry.address, protocol: 'http', check: true },
    ...{ username: 'mei', password: null },
  })
  id = saved.id
  expect(saved).toMatchObject({ username: 'mei', secret: { kind: 'docker-config' } })
  expect(since(before).some((one) => one.includes('grant_type=refresh_token'))).toBe(true)
})

it.each([
  ['Lamina', true],
  ['Docker', false],
] as const)('lets %s push, and pull', async (who, direct) => {
  const repository = `team/by-${who.toLowerCase()}`
  const reference = `${registry.address}/${repository}:1`
  names.push(reference)
  const before = asked()
  const pushed = await app.task('images.push', { image, reference, direct })
  expect(pushed.error).toBeNull()
  const pulled = await app.task('images.pull', { reference })
  expect(pulled.error).toBeNull()
  expect(pulled.result?.imageId).toBe(image)
  const tag = await app.call('registries.tagDetails', { id, repository, tag: '1' })
  expect(tag.digest).toBe(pushed.result?.digest)
  const grants = since(before).filter((one) => one.includes('grant_type=refresh_token'))
  expect(grants.some((one) => one.includes('push'))).toBe(true)
  expect(since(before).filter((one) => one.includes('account='))).toEqual([])
})

it('says that it has expired, and where to sign in', async () => {
  registry.tokens?.revoke()
  const reference = `${registry.address}/team/late:1`
  names.push(reference)
  const expired = { code: 'registry_login_expired', params: { address: registry.address } }
  expect(await errorOf(app.call('images.planPush', { image, reference }))).toMatchObject(expired)
  // Docker's own push tries again for 50 s; its pull does not.
  for (const { state, error } of [
    await app.task('images.push', { image, reference, direct: true }),
    await app.task('images.pull', { reference: `${registry.address}/team/by-docker:1` }),
  ]) {
    expect(state).toBe('failed')
    expect(error).toMatchObject(expired)
  }
  const saved = { id, address: registry.address, protocol: 'http', username: 'mei' } as const
  const tested = await app.call('registries.test', { ...saved, password: null })
  expect(tested.signedIn).toBe(false)
  const again = app.call('registries.save', { ...saved, password: null, check: true })
  expect(await errorOf(again)).toMatchObject(expired)
  const right = await app.call('registries.save', { ...saved, password: PASSWORD, check: true })
  expect(right.secret).toEqual({ kind: 'memory' })
  expect((await app.task('images.push', { image, reference, direct: true })).state).toBe('done')
})
