import { afterEach, describe, expect, it } from 'vitest'
import RegistryDialog from '@/features/registries/RegistryDialog.vue'
import type { Registry } from '@shared/models'
import { fakeMain, Refusal } from '../fake-main'
import { mountPage, type Mounted } from '../mount-page'

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
        throw new Refusal({ code: 'registry_unreachable', params: { address: 'x' }, cause: null })
      },
    })
    page = await mountPage(RegistryDialog)
    await page.type('registry-address', 'nas:5000')
    await page.click('registry-test')
    expect(page.find('error-notice').dataset.code).toBe('registry_unreachable')
  })
})
