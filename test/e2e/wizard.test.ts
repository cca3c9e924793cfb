/**
 * The push wizard, as a person uses it, against a private registry that dockerd refuses, one that
 * behaves like Aliyun's, and the app's own. Every result is read from the registry by plain http.
 */
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { startDockerd, type Dockerd } from '../support/dockerd'
import { startHeldLink, type HeldLink } from '../support/held-link'
import { startRegistry, type TestRegistry } from '../support/registry'
import { busyboxRootfs } from '../support/rootfs'
import { freePort, tempDir, waitFor, type TempDir } from '../support/temp'
import { DRIVERS, openApp, type RunningApp } from './app'
import { ImagesPage } from './pages/images'
import { OwnRegistryCard } from './pages/own-registry'
import type { PushPage } from './pages/push'
import { Shell } from './pages/shell'
import { stages } from './stages'

const MiB = 1024 * 1024
const IMAGE = 'wizard/app:1'
/** dockerd takes names for loopback that resolve to 127.0.0.0/8, and no others. */
const HOSTS = { 'registry.lab': '::1' }
const MANIFEST = { accept: 'application/vnd.docker.distribution.manifest.v2+json' }

let dir: TempDir
let dockerd: Dockerd
let id: string

beforeAll(async () => {
  dir = await tempDir('wizard')
  dockerd = await startDockerd({ hosts: HOSTS })
  const noise = join(dir.path, 'noise')
  await writeFile(noise, randomBytes(24 * MiB))
  await dockerd.dockerOk(['import', await busyboxRootfs(), IMAGE])
  await dockerd.dockerOk(['create', '--name', 'wizard', IMAGE, 'sh'])
  await dockerd.dockerOk(['cp', noise, 'wizard:/noise'])
  await dockerd.dockerOk(['commit', 'wizard', IMAGE])
  await dockerd.dockerOk(['rm', 'wizard'])
  id = await dockerd.dockerOk(['image', 'inspect', '--format', '{{.Id}}', IMAGE])
})

afterAll(async () => {
  await dockerd?.stop()
  await dir?.remove()
})

describe.each(DRIVERS)('the push wizard in %s', (driver) => {
  let app: RunningApp
  /** Docker takes it for https by its name, which is `lab`. */
  let foreign: TestRegistry
  let lab: string
  let acr: TestRegistry
  /** Of the app's own registry. */
  let own: string
  let link: HeldLink
  let push: PushPage
  let digest: string
  const step = stages(() => app)

  beforeAll(async () => {
    foreign = await startRegistry({ host: '::1' })
    lab = `registry.lab:${foreign.port}`
    acr = await startRegistry({
      auth: {
        kind: 'token',
        users: { mei: 'right' },
        // Everybody who signs in may look; the namespace `nobody` is not there.
        allow: (user, repository, actions) => {
          if (user === null) return []
          return repository.startsWith('team/') ? actions : actions.filter((one) => one === 'pull')
        },
      },
    })
    const port = await freePort()
    own = `127.0.0.1:${port}`
    link = await startHeldLink(port)
    app = await openApp(driver, { engine: 'docker', dockerHost: dockerd.host, hosts: HOSTS })
    await new Shell(app.page).readyEngine()
  })

  afterAll(async () => {
    await app?.stop()
    await link?.stop()
    await acr?.stop()
    await foreign?.stop()
  })

  const open = async (): Promise<void> => {
    await new Shell(app.page).open('images')
    push = await (await new ImagesPage(app.page).open(IMAGE)).push()
  }

  step('adds a private registry in the form, and says what is wrong with a name', async () => {
    await open()
    await push.kind('registry')
    await push.addRegistry(lab)
    await push.field('repository').fill('Team/app')
    expect(await push.submit.isDisabled()).toBe(true)
    expect(await push.field('form').innerText()).toContain('capital letters')
    await push.field('repository').fill('team/app')
    await push.field('tag').fill('1')
    expect(await push.name.innerText()).toBe(`${lab}/team/app:1`)
  })

  step('pushes directly where dockerd refuses, after a look', async () => {
    await dockerd.dockerOk(['tag', IMAGE, `${lab}/team/app:1`])
    const refused = await dockerd.docker(['push', `${lab}/team/app:1`])
    expect(refused.stderr).toContain('server gave HTTP response to HTTPS client')
    await dockerd.dockerOk(['rmi', `${lab}/team/app:1`])
    expect(await push.field('direct-why').innerText()).toContain('Docker would refuse')
    await push.look()
    expect(await push.reviewed()).toEqual({
      visibility: 'new',
      kind: 'private',
      states: ['send', 'send', 'send'],
    })
    expect(JSON.parse((await foreign.request('/v2/_catalog')).body)).toEqual({ repositories: [] })
    await push.submit.click()
    await push.state('done').waitFor({ timeout: 120_000 })
    const manifest = await foreign.request('/v2/team/app/manifests/1', { headers: MANIFEST })
    digest = String(manifest.headers['docker-content-digest'])
    expect(await push.digest()).toBe(digest)
    expect((JSON.parse(manifest.body) as { config: { digest: string } }).config.digest).toBe(id)
    expect(await push.pullCommand()).toBe(`docker pull ${lab}/team/app:1`)
  })

  step('says what the tag stands for now, and that everything is there', async () => {
    await push.look()
    const { states } = await push.reviewed()
    expect(new Set(states)).toEqual(new Set(['exists']))
    const tag = await push.field('review-tag').innerText()
    expect(tag).toContain(digest.slice('sha256:'.length, 'sha256:'.length + 12))
    await push.field('repository').click()
    await push.field('repository-option').filter({ hasText: 'team/app' }).waitFor()
    await app.page.keyboard.press('Escape')
  })

  step('tells a wrong password at a registry like Aliyun’s', async () => {
    await push.kind('acr')
    await push.field('acr-edition-enterprise').click()
    await push.field('acr-host').selectOption('domain')
    await push.field('acr-domain').fill(acr.address)
    await push.field('acr-namespace').fill('nobody')
    await push.field('acr-repository').fill('app')
    expect(await push.field('account-mistakes').innerText()).toContain('AccessKey')
    expect(await push.fillLogin('mei', 'wrong')).toBe(acr.address)
    const dialog = app.page.getByTestId('dialog-registry')
    await app.page.getByTestId('dialog-registry-submit').click()
    expect((await new Shell(app.page).error(dialog)).code).toBe('registry_unauthorized')
    await app.page.getByTestId('registry-save-anyway').click()
    await dialog.waitFor({ state: 'detached' })
    await push.look()
    await new Shell(app.page).error(push.review)
    expect(await push.causes()).toEqual(['password', 'ramUser', 'accessKey'])
  })

  step('explains what a missing namespace looks like', async () => {
    await push.signIn('mei', 'right')
    await push.field('tag').fill('2')
    await push.look()
    expect((await push.reviewed()).kind).toBe('acr-personal')
    await push.submit.click()
    await push.state('failed').waitFor({ timeout: 120_000 })
    const { code, next } = await new Shell(app.page).error(push.state('failed'))
    expect(code).toBe('registry_denied_missing')
    expect(next).toContain('nobody')
    expect(await push.causes()).toEqual(['namespace', 'repository', 'rights'])
  })

  step('pushes there once the namespace is right', async () => {
    await push.field('acr-namespace').fill('team')
    await push.look()
    expect(await push.field('review-user').innerText()).toContain('mei')
    await push.submit.click()
    await push.state('done').waitFor({ timeout: 120_000 })
    const headers = { ...MANIFEST, authorization: await bearer(acr, 'mei:right', 'team/app') }
    const manifest = await acr.request('/v2/team/app/manifests/2', { headers })
    expect(manifest.status).toBe(200)
    expect(await push.digest()).toBe(manifest.headers['docker-content-digest'])
  })

  const manifestOf = async (repository: string) => {
    const answer = await fetch(`http://${own}/v2/${repository}/manifests/3`, { headers: MANIFEST })
    expect(((await answer.json()) as { config: { digest: string } }).config.digest).toBe(id)
    return answer.headers.get('docker-content-digest')
  }

  step('pushes to the registry that was started on the Registries page', async () => {
    await new Shell(app.page).open('registries')
    const card = new OwnRegistryCard(app.page)
    await card.waitFor('stopped')
    await card.set(async (page) => {
      await page.getByTestId('own-registry-port').fill(own.replace(/.*:/, ''))
    })
    await card.start()
    await card.waitFor('running')
    await open()
    await push.target(own, 'mine/app', '3')
    await push.look()
    expect(await push.reviewed()).toMatchObject({ visibility: 'new', kind: 'private' })
    await push.submit.click()
    await push.state('done').waitFor({ timeout: 120_000 })
    expect(await push.digest()).toBe(await manifestOf('mine/app'))
    await push.field('repository').fill('mine/other')
    await push.state('done').waitFor({ state: 'detached' })
    await push.field('repository').fill('mine/app')
    await push.look()
    const { visibility, states } = await push.reviewed()
    expect(visibility).toBe('public')
    expect(new Set(states)).toEqual(new Set(['exists']))
    const seenBy = await push.field('review-seen-by').innerText()
    expect(seenBy).toContain('Everybody who can reach this registry')
  })

  step(
    'pauses a direct push to it on a way that halts, and goes on with it from the tasks',
    async () => {
      await push.addRegistry(link.address)
      await push.target(link.address, 'team/app', '3')
      const direct = app.page.getByTestId('push-direct')
      if ((await direct.getAttribute('aria-checked')) !== 'true') await direct.click()
      await push.look()
      link.holdAfter(12 * MiB)
      await push.submit.click()
      await waitFor('the upload to be held', () => link.holds())
      await push.field('pause').click()
      await push.state('paused').waitFor()

      await new Shell(app.page).open('images')
      const task = await new Shell(app.page).task('push')
      expect(await task.getAttribute('data-state')).toBe('paused')
      link.release()
      const before = link.sent()
      await task.getByTestId('task-resume').click()
      await task.and(app.page.locator('[data-state=done]')).waitFor({ timeout: 120_000 })
      expect(link.sent() - before).toBeLessThan(16 * MiB)
      await app.page.getByTestId('tasks-close').click()

      await open()
      await push.state('done').waitFor()
      expect(await push.digest()).toBe(await manifestOf('team/app'))
    },
  )

  step('catches a name without a user on Docker Hub, and nothing is sent', async () => {
    await push.kind('hub')
    await push.field('repository').fill('app')
    expect(await push.submit.isDisabled()).toBe(true)
    await push.field('hub-who').waitFor()
    for (const page of ['hub-signUp', 'hub-activate', 'hub-token']) {
      expect(await push.field(page).getAttribute('href')).toMatch(/^https:\/\/\w+\.docker\.com\//)
    }
    await push.field('repository').fill('mei/app')
    expect(await push.name.innerText()).toBe('mei/app:3')
  })

  step('leaves no error in the page', async () => {
    expect(app.pageErrors).toEqual([])
  })
})

/** The authorization for pulls of a repository, as any client would get it. */
async function bearer(registry: TestRegistry, login: string, repository: string): Promise<string> {
  const { realm, service } = registry.tokens ?? { realm: '', service: '' }
  const query = new URLSearchParams({ service, scope: `repository:${repository}:pull` })
  const basic = Buffer.from(login).toString('base64')
  const headers = { authorization: `Basic ${basic}` }
  const answer = (await (await fetch(`${realm}?${query}`, { headers })).json()) as { token: string }
  return `Bearer ${answer.token}`
}
