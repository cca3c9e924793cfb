/**
 * A registry of one's own, as a person runs it from the Registries page: started, pushed into by the
 * real docker, browsed, given users and a certificate that a real client trusts, there again after a
 * restart of the app, and ended.
 */
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { sharedDaemon } from '../support/daemon'
import { startHeldLink } from '../support/held-link'
import { makeCertificate } from '../support/registry'
import { busyboxRootfs } from '../support/rootfs'
import { run, type RunResult } from '../support/run'
import { freePort, tempDir, waitFor, type TempDir } from '../support/temp'
import { DRIVERS, openApp, type RunningApp } from './app'
import { OwnRegistryCard } from './pages/own-registry'
import { RegistriesPage } from './pages/registries'
import { Shell } from './pages/shell'
import { stages } from './stages'

const daemon = sharedDaemon()
const IMAGE = 'own-registry-e2e:1'
const PASSWORD = 'c0rrect-horse'

const removeContainer = async (): Promise<void> => {
  await daemon.docker(['rm', '-f', 'lamina-registry'])
  await daemon.docker(['volume', 'rm', 'lamina-registry'])
  await daemon.docker(['rmi', '-f', 'lamina/registry:local'])
}

beforeAll(async () => {
  await daemon.dockerOk(['import', await busyboxRootfs(), IMAGE])
})
afterAll(async () => {
  await daemon.docker(['rmi', '-f', IMAGE])
  await removeContainer()
})

describe.each(DRIVERS)('in %s', (driver) => {
  let dir: TempDir
  let app: RunningApp
  let card: OwnRegistryCard
  let address: string
  let port: number
  const step = stages(() => app)

  const open = async () => {
    const home = join(dir.path, 'home')
    app = await openApp(driver, { engine: 'docker', dockerHost: daemon.host, home })
    await new Shell(app.page).readyEngine()
    await new Shell(app.page).open('registries')
    card = new OwnRegistryCard(app.page)
  }
  const push = (tag: string): Promise<RunResult> =>
    daemon
      .dockerOk(['tag', IMAGE, `${address}/team/app:${tag}`])
      .then(() => daemon.docker(['push', `${address}/team/app:${tag}`]))

  beforeAll(async () => {
    dir = await tempDir('own')
    port = await freePort()
    address = `127.0.0.1:${port}`
    await open()
  })
  afterAll(async () => {
    await app?.stop()
    for (const tag of ['1', '2']) await daemon.docker(['rmi', '-f', `${address}/team/app:${tag}`])
    await dir?.remove()
  })

  step('is started at a port, and stands among the registries', async () => {
    await card.waitFor('stopped')
    await card.set(async (page) => {
      await page.getByTestId('own-registry-port').fill(String(port))
    })
    await card.start()
    await card.waitFor('running')
    const row = new RegistriesPage(app.page).table.row(address)
    await row.getByTestId('registries-own').waitFor()
    expect(await row.getByTestId('registries-remove').count()).toBe(0)
  })

  step('takes what docker pushes, and shows it', async () => {
    const pushed = await push('1')
    expect(pushed.stderr).toBe('')
    expect(pushed.code).toBe(0)
    const shown = await new RegistriesPage(app.page).browse(address)
    await shown.choose('team/app')
    await new Shell(app.page).open('registries')
    await app.page.getByTestId('own-registry-holds').filter({ hasText: '1 tags' }).waitFor()
    expect(await card.collect()).not.toBe('')
  })

  step('runs the real registry image instead, and copies everything to it', async () => {
    const page = app.page
    await card.open()
    await page.getByTestId('registry-container-make').click()
    await page.getByTestId('registry-container-image').waitFor({ state: 'detached' })
    const other = String(await freePort())
    await page.getByTestId('registry-container-port').fill(other)
    await page.getByTestId('registry-container-start').click()
    await page.getByTestId('registry-container-stop').waitFor()
    await waitFor('the registry in the container', async () => {
      const answer = await fetch(`http://127.0.0.1:${other}/v2/`).catch(() => null)
      return answer?.status === 200
    })
    const there = `127.0.0.1:${other}`
    await cancelCopy(Number(other))
    await card.copyEverything(there)
    await page.locator('[data-testid=copy-size][data-counting=false]').waitFor()
    expect(await page.getByTestId('copy-size').innerText()).toMatch(/^To send: [\d.]+ MB/)
    await page.getByTestId('dialog-copy-all-submit').click()
    await page.locator('[data-testid=copy-all-task][data-state=done]').waitFor()
    await page.getByTestId('dialog-copy-all-cancel').click()
    const answer = await fetch(`http://127.0.0.1:${other}/v2/team/app/tags/list`)
    expect(await answer.json()).toEqual({ name: 'team/app', tags: ['1'] })
    await page.getByTestId('registry-container-stop').click()
    await page.getByTestId('registry-container-start').waitFor()
    await removeContainer()
  })

  /** To a registry on a way that halts, as far as nothing has its name there. */
  async function cancelCopy(target: number): Promise<void> {
    const { page } = app
    const link = await startHeldLink(target)
    try {
      const registries = new RegistriesPage(page)
      await registries.fillNew({ address: link.address, protocol: 'http' })
      await registries.save()
      await card.copyEverything(link.address)
      await page.locator('[data-testid=copy-size][data-counting=false]').waitFor()
      link.holdAfter(200_000)
      await page.getByTestId('dialog-copy-all-submit').click()
      await waitFor('the copy to be held', () => link.holds())
      await page.getByTestId('copy-all-cancel').click()
      await page.locator('[data-testid=copy-all-task][data-state=cancelled]').waitFor()
      await page.getByTestId('dialog-copy-all-cancel').click()
      const answer = await fetch(`http://127.0.0.1:${target}/v2/team/app/tags/list`)
      expect(answer.status).toBe(404)
    } finally {
      await link.stop()
    }
  }

  step('lets users in only, once there is one, and itself', async () => {
    await card.addUser('ann', PASSWORD)
    expect((await push('2')).stderr).toMatch(/no basic auth|unauthorized|denied/)
    const line = await card.lines('login')
    expect(line).toBe(`docker login ${address} -u ann`)
    const words = [...line.split(' ').slice(1), '--password-stdin']
    expect((await daemon.docker(words, { input: 'wrong' })).code).not.toBe(0)
    expect((await daemon.docker(words, { input: PASSWORD })).stdout).toContain('Login Succeeded')
    expect((await push('2')).code).toBe(0)
    const shown = await new RegistriesPage(app.page).browse(address)
    await shown.choose('team/app')
    expect(await shown.tags.rows.count()).toBe(2)
    expect(await grep(dir.path, PASSWORD)).toEqual([])
    expect(app.log()).not.toContain(PASSWORD)
  })

  step('speaks https with a certificate of one’s own', async () => {
    const { certificate, key, ca } = await makeCertificate(dir.path, ['127.0.0.1'])
    await new Shell(app.page).open('registries')
    await card.set(async (page) => {
      await page.getByTestId('own-registry-tls-own').click()
      await page.getByTestId('own-registry-certificate').fill(certificate)
      await page.getByTestId('own-registry-key').fill(key)
    })
    await card.waitFor('running')
    const trusted = join(dir.path, 'own')
    await mkdir(trusted)
    await copyFile(ca, join(trusted, 'ca.crt'))
    const inspect = ['inspect', '--creds', `ann:${PASSWORD}`, `docker://${address}/team/app:2`]
    expect((await run('skopeo', inspect)).stderr).toMatch(/x509|certificate/)
    const known = await run('skopeo', [...inspect, '--cert-dir', trusted])
    expect(known.stderr).toBe('')
    const served = await run('openssl', ['s_client', '-connect', address], { input: '' })
    const mine = await readFile(certificate, 'utf8')
    expect(served.stdout).toContain(mine.trim())
  })

  step('speaks https with a certificate that skopeo trusts, and no other', async () => {
    await new Shell(app.page).open('registries')
    await card.set(async (page) => {
      await page.getByTestId('own-registry-tls-made').click()
      await page.getByTestId('own-registry-names').fill('nas.lan')
    })
    await card.waitFor('running')
    const lines = await card.lines('docker')
    expect(lines).toContain(`/etc/docker/certs.d/${address}/ca.crt`)
    const pem = /-----BEGIN CERTIFICATE-----[^]+-----END CERTIFICATE-----/.exec(lines)?.[0] ?? ''
    const trusted = join(dir.path, 'trusted')
    await mkdir(trusted, { recursive: true })
    await writeFile(join(trusted, 'ca.crt'), `${pem}\n`)
    const inspect = (...more: string[]) =>
      run('skopeo', [
        ...['inspect', '--creds', `ann:${PASSWORD}`, ...more],
        ...['--format', '{{.Digest}}', `docker://${address}/team/app:2`],
      ])
    const stranger = await inspect()
    expect(stranger.stderr).toMatch(/x509|certificate/)
    const known = await inspect('--cert-dir', trusted)
    expect(known.stderr).toBe('')
    expect(known.stdout).toMatch(/^sha256:[0-9a-f]{64}/)
  })

  step('is there again after a restart of the app, and trusted still', async () => {
    await app.stop()
    await open()
    await card.waitFor('running')
    const { stdout } = await run('skopeo', [
      ...['inspect', '--creds', `ann:${PASSWORD}`, '--cert-dir', join(dir.path, 'trusted')],
      ...['--format', '{{.Digest}}', `docker://${address}/team/app:2`],
    ])
    expect(stdout).toMatch(/^sha256:/)
    expect(await card.users()).toEqual(['ann'])
    const shown = await new RegistriesPage(app.page).browse(address)
    await shown.choose('team/app')
  })

  step('ends, and stays ended', async () => {
    await new Shell(app.page).open('registries')
    await card.stop()
    expect(await new RegistriesPage(app.page).table.row(address).count()).toBe(0)
    await expect(fetch(`http://${address}/v2/`)).rejects.toThrow()
    await app.stop()
    await open()
    await card.waitFor('stopped')
    // A container that starts or ends changes the machine's network (app.ts says more).
    const own = app.pageErrors.filter((one) => !one.includes('ERR_NETWORK_CHANGED'))
    expect(own).toEqual([])
  })
})

/** Files below a folder in which the text stands. */
async function grep(folder: string, text: string): Promise<string[]> {
  const found: string[] = []
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) found.push(...(await grep(path, text)))
    else if (entry.isFile() && (await readFile(path)).includes(text)) found.push(path)
  }
  return found
}
