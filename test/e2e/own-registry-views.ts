/** Views of the registry of one's own and of accounts, for looks.test.ts. */
import type { Page } from 'playwright-core'
import { freePort } from '../support/temp'
import { OwnRegistryCard } from './pages/own-registry'
import { Shell } from './pages/shell'

/** Runs it with a user and a certificate, so that the lines for its clients are there. */
export async function startOwnRegistry(page: Page): Promise<void> {
  await new Shell(page).open('registries')
  const card = new OwnRegistryCard(page)
  const port = await freePort()
  await card.set(async () => {
    await page.getByTestId('own-registry-port').fill(String(port))
    await page.getByTestId('own-registry-tls-made').click()
    await page.getByTestId('own-registry-names').fill('nas.lan')
  })
  await card.start()
  await card.waitFor('running')
  await card.addUser('mhk', 'a password')
}

const registries = async (page: Page) => {
  await page.evaluate(`void (location.hash = '/registries')`)
  await page.getByTestId('registries-page').waitFor()
  await page.getByTestId('own-registry-settings').waitFor()
}
const close = (page: Page) => page.keyboard.press('Escape')

export const ownRegistryViews = [
  {
    name: 'own-registry',
    show: async (page: Page) => {
      await registries(page)
      await new OwnRegistryCard(page).open()
      await page.getByTestId('registry-container').waitFor()
    },
  },
  {
    name: 'own-registry-settings',
    show: async (page: Page) => {
      await registries(page)
      await page.getByTestId('own-registry-settings').click()
      await page.getByTestId('dialog-own-registry').waitFor()
      await page.getByTestId('own-registry-reach-all').click()
    },
    close,
  },
  {
    name: 'registry-account',
    show: async (page: Page) => {
      await registries(page)
      await page.getByTestId('registry-add').click()
      await page.getByTestId('registry-kind-acr-personal').click()
      await page.getByTestId('registry-address').fill('registry.cn-hangzhou.aliyuncs.com')
      await page.getByTestId('registry-username').fill('mhk@team')
      await page.getByTestId('registry-password').fill('secret')
      await page.getByTestId('registry-keep-docker-config').click()
      await page.getByTestId('registry-keep-warning').waitFor()
    },
    close,
  },
]
