/**
 * What stands behind the push wizard: the look before a push, why a registry like Aliyun's denied one,
 * and a direct push that rests and goes on where the upload stood.
 */
import { randomBytes } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startBundledRegistry, type BundledRegistry } from '../../support/bundled-registry'
import { sharedDaemon } from '../../support/daemon'
import { startHeldLink, type HeldLink } from '../../support/held-link'
import { startRegistry, type TestRegistry } from '../../support/registry'
import { busyboxRootfs } from '../../support/rootfs'
import { tempDir, waitFor, type TempDir } from '../../support/temp'
import { openApp, type TestApp } from '../support'

const MiB = 1024 * 1024
const BIG = 24 * MiB
const IMAGE = 'push-wizard:1'
const MANIFEST = { accept: 'application/vnd.docker.distribution.manifest.v2+json' }
const daemon = sharedDaemon()

let dir: TempDir
let app: TestApp
let id: string

beforeAll(async () => {
  dir = await tempDir('wizard')
  const file = join(dir.path, 'noise')
  await writeFile(file, randomBytes(BIG))
  await daemon.dockerOk(['import', await busyboxRootfs(), IMAGE])
  await daemon.dockerOk(['create', '--name', 'push-wizard', IMAGE, 'sh'])
  await daemon.dockerOk(['cp', file, 'push-wizard:/noise'])
  await daemon.dockerOk(['commit', 'push-wizard', IMAGE])
  await daemon.dockerOk(['rm', 'push-wizard'])
  id = await daemon.dockerOk(['image', 'inspect', '--format', '{{.Id}}', IMAGE])
  app = await openApp({ dockerHost: daemon.host, engine: 'docker' })
})

afterAll(async () => {
  await app?.close()
  await daemon.docker(['rmi', '-f', IMAGE])
  await dir?.remove()
})

const save = (address: string, username: string | null = null, password: string | null = null) =>
  app.call('registries.save', { id: null, address, protocol: 'http', username, password })

describe('a registry that behaves like Aliyun’s', () => {
  let acr: TestRegistry

  beforeAll(async () => {
    acr = await startRegistry({
      auth: {
        kind: 'token',
        users: { mei: 'right' },
        // Everybody who signs in may look; only `team` takes anything.
        allow: (user, repository, actions) =>
          user === null
            ? []
            : repository.startsWith('team/')
              ? actions
              : actions.filter((action) => action === 'pull'),
      },
    })
    await save(acr.address, 'mei', 'right')
  })
  afterAll(() => acr?.stop())

  it('is looked at before anything is sent', async () => {
    const reference = `${acr.address}/team/app:1`
    const plan = await app.call('images.planPush', { image: id, reference })
    expect(plan).toMatchObject({ replaces: null, visibility: 'new', user: 'mei' })
    expect(plan.service).toBe('registry.aliyuncs.com:cn-lab:26842')
    expect(plan.items.map(({ kind, state }) => [kind, state])).toEqual([
      ['layer', 'send'],
      ['layer', 'send'],
      ['config', 'send'],
    ])
    expect(plan.items[1]?.estimate).toBeGreaterThanOrEqual(BIG)
  })

  it.each([true, false])('says what a denied push can mean (direct: %s)', async (direct) => {
    const reference = `${acr.address}/nobody/app:1`
    const denied = await app.task('images.push', { image: id, reference, direct })
    expect(denied.error).toMatchObject({
      code: 'registry_denied_missing',
      params: { address: acr.address, repository: 'nobody/app', namespace: 'nobody' },
    })
    const names = await daemon.dockerOk(['images', '--format', '{{.Repository}}'])
    expect(names).not.toContain(acr.address)
  })
})

describe('a direct push', () => {
  // Ours keeps what arrived of a broken request, which docker-registry does not.
  let registry: BundledRegistry
  let link: HeldLink
  const manifestOf = (tag: string) =>
    fetch(`${registry.url}/v2/team/big/manifests/${tag}`, { headers: MANIFEST })

  beforeAll(async () => {
    registry = await startBundledRegistry()
    link = await startHeldLink(registry.port)
    await save(link.address)
  })
  afterAll(async () => {
    await link?.stop()
    await registry?.stop()
  })

  it('rests, and goes on where the upload stood', async () => {
    const reference = `${link.address}/team/big:1`
    link.holdAfter(16 * MiB)
    const task = await app.call('images.push', { image: id, reference, direct: true })
    await waitFor('the upload to be held', () => link.holds())
    await app.call('tasks.pause', { id: task })
    const paused = await app.taskWhen(task, ({ state }) => state !== 'running')
    expect(paused).toMatchObject({ state: 'paused', pausable: true, endedAt: null, error: null })
    expect((await manifestOf('1')).status).toBe(404)

    link.release()
    const before = link.sent()
    await app.call('tasks.resume', { id: task })
    const done = await app.taskWhen(task, ({ endedAt }) => endedAt !== null)
    expect(done).toMatchObject({ state: 'done', error: null })
    const manifest = await manifestOf('1')
    expect(manifest.headers.get('docker-content-digest')).toBe(done.result?.digest)
    const { config, layers } = (await manifest.json()) as {
      config: { digest: string }
      layers: { size: number }[]
    }
    expect(config.digest).toBe(id)
    const whole = layers.reduce((sum, { size }) => sum + size, 0)
    expect(whole).toBeGreaterThan(BIG)
    expect(link.sent() - before).toBeLessThan(whole - 8 * MiB)
  })

  it('can be cancelled while it rests', async () => {
    const reference = `${link.address}/other/big:1`
    await registry.kill()
    await rm(registry.root, { recursive: true })
    await registry.restart()
    link.holdAfter(4 * MiB)
    const task = await app.call('images.push', { image: id, reference, direct: true })
    await waitFor('the upload to be held', () => link.holds())
    await app.call('tasks.pause', { id: task })
    await app.taskWhen(task, ({ state }) => state === 'paused')
    await app.call('tasks.cancel', { id: task })
    const ended = await app.taskWhen(task, ({ state }) => state !== 'paused')
    expect(ended).toMatchObject({ state: 'cancelled', error: null })
    link.release()
    const manifest = `${registry.url}/v2/other/big/manifests/1`
    expect((await fetch(manifest)).status).toBe(404)
  })
})
