import { LaminaError } from '@shared/errors'
import type { RegistryServerView } from '@shared/registry-server'
import { afterEach, expect, it } from 'vitest'
import RegistryServerCard from '@/features/registry-server/RegistryServerCard.vue'
import { fakeMain } from '../../support/fake-main'
import { mountPage, type Mounted } from '../../support/mount-page'

const main = fakeMain()
let page: Mounted
afterEach(() => page.unmount())

const STOPPED: RegistryServerView = {
  settings: { host: '127.0.0.1', port: 5000, folder: '', tls: { kind: 'none' }, readOnly: false },
  folder: '/home/ann/registry',
  defaultFolder: '/home/ann/registry',
  wanted: false,
  running: null,
  address: null,
  others: [],
  error: null,
  users: [],
  certificate: null,
}
const RUNNING: RegistryServerView = {
  ...STOPPED,
  wanted: true,
  running: {
    url: 'http://127.0.0.1:5000',
    port: 5000,
    root: '/home/ann/registry',
    repositories: 2,
    tags: 7,
    stored: 1024,
  },
  address: '127.0.0.1:5000',
}
const CONTAINER = { available: false, image: 'absent', program: null, container: null } as const

it('starts and stops, and shows what it holds', async () => {
  main.answer({
    'registryServer.view': () => STOPPED,
    'registryServer.start': () => RUNNING,
    'registryServer.stop': () => STOPPED,
  })
  page = await mountPage(RegistryServerCard)
  expect(page.find('own-registry').dataset.state).toBe('stopped')
  await page.click('own-registry-start')
  expect(page.find('own-registry').dataset.state).toBe('running')
  expect(page.text('own-registry-holds')).toContain('7')
  await page.click('own-registry-stop')
  expect(page.find('own-registry').dataset.state).toBe('stopped')
})

it('stays with the reason when it cannot be started', async () => {
  const error = new LaminaError('registry_port_taken', { port: '5000' })
  let view = STOPPED
  main.answer({
    'registryServer.view': () => view,
    'registryServer.start': () => {
      view = { ...STOPPED, wanted: true, error: error.toJSON() }
      throw error
    },
  })
  page = await mountPage(RegistryServerCard)
  await page.click('own-registry-start')
  expect(page.find('own-registry').dataset.state).toBe('failed')
  expect(page.find('error-notice').dataset.code).toBe('registry_port_taken')
})

it('asks for settings that can be, and sends them as they are meant', async () => {
  main.answer({ 'registryServer.view': () => STOPPED, 'registryServer.save': () => STOPPED })
  page = await mountPage(RegistryServerCard)
  await page.click('own-registry-settings')
  const submit = () => page.find('dialog-own-registry-submit') as HTMLButtonElement
  await page.type('own-registry-port', '99999')
  expect(submit().disabled).toBe(true)
  await page.type('own-registry-port', '5443')
  await page.click('own-registry-tls-made')
  await page.type('own-registry-names', 'nas.lan http://x')
  expect(submit().disabled).toBe(true)
  await page.type('own-registry-names', 'nas.lan')
  await page.type('own-registry-folder', 'relative')
  expect(submit().disabled).toBe(true)
  await page.type('own-registry-folder', '/srv/images')
  await page.click('own-registry-reach-all')
  expect(submit().disabled).toBe(false)
  await page.click('dialog-own-registry-submit')
  expect(main.inputs('registryServer.save')).toEqual([
    {
      host: '',
      port: 5443,
      folder: '/srv/images',
      tls: { kind: 'made', names: ['nas.lan'] },
      readOnly: false,
    },
  ])
})

it('adds a user once, and lets go of the password', async () => {
  main.answer({
    'registryServer.view': () => RUNNING,
    'registryServer.addUser': () => ({ ...RUNNING, users: ['ann'] }),
    'registryContainer.view': () => CONTAINER,
  })
  page = await mountPage(RegistryServerCard)
  await page.click('own-registry-more')
  await page.type('own-registry-user-name', 'lamina')
  await page.type('own-registry-user-password', 'secret')
  expect((page.find('own-registry-user-add') as HTMLButtonElement).disabled).toBe(true)
  await page.type('own-registry-user-name', 'ann')
  await page.click('own-registry-user-add')
  expect(main.inputs('registryServer.addUser')).toEqual([{ name: 'ann', password: 'secret' }])
  expect(page.all('own-registry-user').map((one) => one.textContent)).toEqual(['ann'])
  expect((page.find('own-registry-user-password') as HTMLInputElement).value).toBe('')
  expect(page.exists('registry-container')).toBe(false)
})
