import { LaminaError } from '@shared/errors'
import { afterEach, describe, expect, it } from 'vitest'
import RegistryDialog from '@/features/registries/RegistryDialog.vue'
import type { Registry } from '@shared/models'
import { fakeMain } from '../../support/fake-main'
import { mountPage, type Mounted } from '../../support/mount-page'

const main = fakeMain()
const saved: Registry = {
  id: 'r1',
  address: 'registry.example.com',
  protocol: 'https',
  username: 'mhk',
  secret: { kind: 'keychain' },
  own: false,
}
let page: Mounted
afterEach(() => page.unmount())

const value = (testid: string) => (page.find(testid) as HTMLInputElement).value
const isChosen = (testid: string) => page.find(testid).getAttribute('aria-checked') === 'true'
const submit = () => page.find('dialog-registry-submit') as HTMLButtonElement

describe('the registry dialog', () => {
  it('takes http for this machine, https for others, and the scheme of a pasted address', async () => {
    main.answer({})
    page = await mountPage(RegistryDialog)
    await page.type('registry-address', '127.0.0.1:5000')
    expect(isChosen('registry-protocol-http')).toBe(true)
    await page.type('registry-address', 'registry.example.com')
    expect(isChosen('registry-protocol-https')).toBe(true)
    await page.type('registry-address', 'http://nas.lan:5000/')
    expect(isChosen('registry-protocol-http')).toBe(true)
    expect(value('registry-address')).toBe('nas.lan:5000')
  })

  it('refuses what cannot be an address and a password without a user', async () => {
    main.answer({ 'registries.list': () => [saved] })
    page = await mountPage(RegistryDialog)
    for (const bad of ['nas', 'host:99999', 'a/b', 'registry.example.com']) {
      await page.type('registry-address', bad)
      expect(submit().disabled, bad).toBe(true)
    }
    await page.type('registry-address', 'nas:5000')
    expect(submit().disabled).toBe(false)
    await page.type('registry-password', 'secret')
    expect(submit().disabled).toBe(true)
    await page.type('registry-username', 'mhk')
    expect(submit().disabled).toBe(false)
  })

  it('tests what is typed, and forgets the result when it changes', async () => {
    main.answer({
      'registries.test': () => ({ auth: 'basic', signedIn: false, catalog: false }),
    })
    page = await mountPage(RegistryDialog)
    await page.type('registry-address', 'nas:5000')
    await page.type('registry-username', 'mhk')
    await page.type('registry-password', 'wrong')
    await page.click('registry-test')
    expect(main.inputs('registries.test')[0]).toMatchObject({ id: null, password: 'wrong' })
    expect(page.find('registry-probe-signed-in').dataset.signedIn).toBe('false')
    expect(page.find('registry-probe-catalog').dataset.catalog).toBe('false')
    await page.type('registry-password', 'right')
    expect(page.exists('registry-probe')).toBe(false)
  })

  it('never shows the password that is kept, and keeps it when none is typed', async () => {
    main.answer({ 'registries.list': () => [saved], 'registries.save': () => saved })
    page = await mountPage(RegistryDialog, { registry: saved })
    expect(value('registry-password')).toBe('')
    await page.click('dialog-registry-submit')
    expect(main.inputs('registries.save')).toEqual([
      {
        id: 'r1',
        address: 'registry.example.com',
        protocol: 'https',
        username: 'mhk',
        password: null,
        check: true,
      },
    ])
    expect(page.wrapper.emitted('saved')).toEqual([[saved]])
  })

  it('stays with the reason when the registry does not answer', async () => {
    main.answer({
      'registries.test': () => {
        throw new LaminaError('registry_unreachable', { address: 'x' })
      },
    })
    page = await mountPage(RegistryDialog)
    await page.type('registry-address', 'nas:5000')
    await page.click('registry-test')
    expect(page.find('error-notice').dataset.code).toBe('registry_unreachable')
  })
})

describe('accounts', () => {
  it('tells the kind from the address, and gives its hints', async () => {
    main.answer({})
    page = await mountPage(RegistryDialog)
    const chosen = () =>
      ['docker-hub', 'acr-personal', 'acr-enterprise', 'private'].filter((kind) =>
        isChosen(`registry-kind-${kind}`),
      )
    expect(chosen()).toEqual(['private'])
    for (const [address, kind] of [
      ['registry.cn-hangzhou.aliyuncs.com', 'acr-personal'],
      ['crpi-abcdefgh12345678.cn-beijing.personal.cr.aliyuncs.com', 'acr-personal'],
      ['team-registry.cn-hangzhou.cr.aliyuncs.com', 'acr-enterprise'],
      ['nas:5000', 'private'],
    ] as const) {
      await page.type('registry-address', address)
      expect(chosen(), address).toEqual([kind])
      expect(page.exists('registry-links'), address).toBe(kind !== 'private')
    }
    await page.click('registry-kind-docker-hub')
    expect(value('registry-address')).toBe('docker.io')
    expect(page.exists('registry-protocol-http')).toBe(false)
  })

  it('offers places for the password, and warns of config.json', async () => {
    main.answer({
      'registries.secretStores': () => [{ kind: 'memory' }, { kind: 'docker-config' }],
      'registries.save': () => saved,
    })
    page = await mountPage(RegistryDialog)
    await page.type('registry-address', 'nas:5000')
    await page.type('registry-username', 'mhk')
    await page.type('registry-password', 'secret')
    expect(page.exists('registry-keep-warning')).toBe(false)
    await page.click('registry-keep-docker-config')
    expect(page.exists('registry-keep-warning')).toBe(true)
    await page.click('dialog-registry-submit')
    expect(main.inputs('registries.save')[0]).toMatchObject({ keep: 'docker-config', check: true })
  })

  it('saves what could not sign in only when asked to', async () => {
    main.answer({
      'registries.secretStores': () => [{ kind: 'memory' }],
      'registries.save': ({ check }) => {
        if (!check) return saved
        const params = { address: 'nas:5000' }
        throw new LaminaError('registry_unauthorized', params)
      },
    })
    page = await mountPage(RegistryDialog)
    await page.type('registry-address', 'nas:5000')
    await page.type('registry-username', 'mhk')
    await page.type('registry-password', 'wrong')
    expect(page.exists('registry-save-anyway')).toBe(false)
    await page.click('dialog-registry-submit')
    expect(page.find('error-notice').dataset.code).toBe('registry_unauthorized')
    expect(page.wrapper.emitted('saved')).toBeUndefined()
    await page.click('registry-save-anyway')
    expect(page.wrapper.emitted('saved')).toEqual([[saved]])
  })
})
