/**
 * Browsing registries as a person does: a repository of ten tags goes from docker-registry to Lamina's
 * own, tags with siblings are deleted alone and together. Every result is read by plain HTTP.
 */
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { startBundledRegistry, type BundledRegistry } from '../support/bundled-registry'
import { startRegistry, type TestRegistry } from '../support/registry'
import { RemoteRepository } from '../support/registry-images'
import { waitFor } from '../support/temp'
import { DRIVERS, openApp, type RunningApp } from './app'
import { RegistriesPage, type RegistryPage } from './pages/registries'
import { Shell } from './pages/shell'
import { stages } from './stages'

const REPOSITORY = 'team/app'
const TARGET = 'mirror/app'
const SIBLINGS = ['a1', 'a2', 'a3']
const OTHERS = ['b1', 'b2']
const TAGS = ['1.8', '1.9', '1.10', 'edge', 'multi', ...SIBLINGS, ...OTHERS]

describe.each(DRIVERS)('in %s', (driver) => {
  let theirs: TestRegistry
  /** Docker has signed in there, long ago. */
  let closed: TestRegistry
  let ours: BundledRegistry
  let source: RemoteRepository
  let target: RemoteRepository
  let app: RunningApp
  const step = stages(() => app)
  const digests = new Map<string, string>()

  beforeAll(async () => {
    theirs = await startRegistry()
    closed = await startRegistry({ auth: { kind: 'htpasswd', users: { ann: 'an old one' } } })
    ours = await startBundledRegistry()
    source = new RemoteRepository(theirs.url, REPOSITORY)
    target = new RemoteRepository(ours.url, TARGET)
    await fill()
    const auth = (login: string) => ({ auth: Buffer.from(login).toString('base64') })
    app = await openApp(driver, {
      ...{ engine: 'bundled', dockerHost: null },
      docker: {
        config: { auths: { 'https://index.docker.io/v1/': auth('mei:token') } },
        legacy: { [`http://${closed.address}/v1/`]: { ...auth('ann:an old one'), email: 'a@b.c' } },
      },
    })
    await new Shell(app.page).readyEngine()
  })

  afterAll(async () => {
    await app?.stop()
    await theirs?.stop()
    await closed?.stop()
    await ours?.stop()
  })

  async function fill(): Promise<void> {
    for (const tag of ['1.8', '1.9', '1.10', 'edge', 'a1', 'b1']) {
      await source.push(tag, { layers: ['a base for all of them', tag], env: [`TAG=${tag}`] })
    }
    for (const tag of ['a2', 'a3']) await source.tag('a1', tag)
    await source.tag('b1', 'b2')
    const images = []
    for (const architecture of ['amd64', 'arm64']) {
      const image = await source.push(null, { layers: [architecture], architecture })
      images.push({ ...image, platform: { os: 'linux', architecture } })
    }
    await source.index('multi', images)
    for (const tag of TAGS) digests.set(tag, (await source.digest(tag)) ?? 'none')
  }

  async function browse(address: string, repository: string): Promise<RegistryPage> {
    await new Shell(app.page).open('registries')
    const page = await new RegistriesPage(app.page).browse(address)
    await page.choose(repository)
    return page
  }

  step('finds what docker signed in to, and signs in with it', async () => {
    await new Shell(app.page).open('registries')
    const registries = new RegistriesPage(app.page)
    expect(await registries.found()).toEqual({ [closed.address]: 'ann', 'docker.io': 'mei' })
    await registries.addFound(closed.address)
    await registries.table.row(closed.address).getByText('ann').waitFor()
    expect(await registries.found()).toEqual({ 'docker.io': 'mei' })
    await registries.browse(closed.address)
    await waitFor('the list to be given', () => /"GET \/v2\/_catalog\S* \S+ 200/.test(closed.log()))
  })

  step('shows ten tags by their numbers, with what stands under each', async () => {
    await new Shell(app.page).open('registries')
    const registries = new RegistriesPage(app.page)
    for (const { address } of [theirs, ours]) {
      await registries.fillNew({ address, protocol: 'http' })
      await registries.save()
    }
    const page = await browse(theirs.address, REPOSITORY)
    expect(await page.tagNames()).toEqual([...TAGS].sort(numberAware).reverse())
    const row = page.tag('1.10')
    await row.getByText((digests.get('1.10') ?? '').slice(7, 19)).waitFor()
    expect(await row.innerText()).toContain('amd64')
    expect(await page.tag('multi').innerText()).toContain('arm64')
  })

  step('shows an image without pulling it', async () => {
    const page = await browse(theirs.address, REPOSITORY)
    await page.act('1.9', 'open')
    const image = app.page.getByTestId('remote-image-page')
    await image.and(app.page.locator(`[data-digest="${digests.get('1.9')}"]`)).waitFor()
    expect(await app.page.getByTestId('remote-layers-row').count()).toBe(2)
    await app.page.getByTestId('remote-image-tab-configuration').click()
    await app.page.getByText('TAG', { exact: true }).waitFor()
    await app.page.getByTestId('remote-image-tab-manifest').click()
    const shown = await app.page.getByTestId('remote-manifest-json').innerText()
    type Blob = { digest: string }
    const { config, layers } = JSON.parse(shown) as { config: Blob; layers: Blob[] }
    const log = theirs.log()
    expect(log).toContain(`/blobs/${config.digest}`)
    for (const { digest } of layers) expect(log).not.toContain(`/blobs/${digest}`)
  })

  step('copies a repository of ten tags to another registry', async () => {
    const page = await browse(theirs.address, REPOSITORY)
    await page.copyAll(ours.address, TARGET)
    expect(await page.previewed()).toEqual({ new: TAGS.length })
    expect(await page.toSend()).toMatch(/^To send: [\d.]+ kB\./)
    await page.startCopy()
    expect(await page.copyReport()).toContain(`${TAGS.length} of ${TAGS.length}`)
    expect(await target.tags()).toEqual([...TAGS].sort())
    for (const tag of TAGS) {
      expect(await target.digest(tag)).toBe(digests.get(tag))
      await target.verify(tag)
    }
    await page.closeCopy()
  })

  step('finds nothing to do the second time, and names what it would replace', async () => {
    const changed = await target.push('edge', { layers: ['of somebody else'] })
    const page = await browse(theirs.address, REPOSITORY)
    await page.copyAll(ours.address, TARGET)
    expect(await page.previewed()).toEqual({ same: TAGS.length - 1, replaces: 1 })
    const first = app.page.getByTestId('copy-preview-row').first()
    expect(await first.innerText()).toContain(changed.digest.slice(7, 19))
    await page.startCopy()
    await page.copyReport()
    expect(await target.digest('edge')).toBe(digests.get('edge'))
    await page.closeCopy()
    await page.copyAll(ours.address, TARGET)
    expect(await page.previewed()).toEqual({ same: TAGS.length })
    expect(await app.page.getByTestId('dialog-copy-tags-submit').isDisabled()).toBe(true)
    await app.page.getByTestId('dialog-copy-tags-cancel').click()
  })

  describe.each([
    ['docker-registry', () => theirs.address, REPOSITORY, () => source, 'moved'],
    ['Lamina’s registry', () => ours.address, TARGET, () => target, 'tag'],
  ] as const)('deletes at %s', (_name, address, repository, remote, how) => {
    step('a tag alone, and its siblings stay', async () => {
      const page = await browse(address(), repository)
      expect(await page.askDelete('a2')).toEqual(['a1', 'a3'])
      expect(await page.confirmDelete('keep')).toBe(how)
      await page.tag('a2').waitFor({ state: 'detached' })
      expect(await remote().digest('a2')).toBeNull()
      for (const tag of ['a1', 'a3']) {
        expect(await remote().digest(tag)).toBe(digests.get(tag))
        await remote().verify(tag)
      }
    })

    step('a tag with all its siblings', async () => {
      const page = await browse(address(), repository)
      expect(await page.askDelete('b1')).toEqual(['b2'])
      expect(await page.confirmDelete('remove')).toBe('manifest')
      await page.tag('b2').waitFor({ state: 'detached' })
      expect(await remote().tags()).toEqual(
        TAGS.filter((tag) => !['a2', ...OTHERS].includes(tag)).sort(),
      )
    })
  })

  step('leaves no error on the page', async () => {
    expect(app.pageErrors).toEqual([])
  })
})

/** As people count: 1.9 before 1.10. */
function numberAware(a: string, b: string): number {
  return new Intl.Collator('en', { numeric: true }).compare(a, b)
}
