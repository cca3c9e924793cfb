/** What the looks need of a registry that is browsed: a shop's images, and how each view is reached. */
import type { Page } from 'playwright-core'
import { RemoteRepository } from '../support/registry-images'
import { OwnRegistryCard } from './pages/own-registry'
import { RegistriesPage, type RegistryPage } from './pages/registries'

const SHOP = 'shop/web'
/** A copy of some of it, one tag of which stands for something else. */
const MIRROR = 'shop/mirror'

export async function fillShop(url: string): Promise<void> {
  const shop = new RemoteRepository(url, SHOP)
  const mirror = new RemoteRepository(url, MIRROR)
  const base = 'debian:12-slim /'
  for (const number of ['1.8.0', '1.9.0', '1.10.0', '1.10.1']) {
    const parts = {
      layers: [base, 'package.json /srv/', 'dist /srv/dist', `VERSION=${number} /etc/`],
      env: ['LANG=C.UTF-8', 'PORT=8080', 'PATH=/usr/local/bin:/usr/bin:/bin'],
      labels: { 'org.opencontainers.image.title': 'Shop', team: 'web' },
    }
    await shop.push(number, parts)
    if (number < '1.10.1') await mirror.push(number, parts)
  }
  for (const tag of ['1.10', 'stable', 'latest']) await shop.tag('1.10.1', tag)
  await mirror.push('stable', { layers: [base] })
  const images = []
  for (const architecture of ['amd64', 'arm64']) {
    const image = await shop.push(null, { layers: [base, `dist ${architecture}`], architecture })
    images.push({ ...image, platform: { os: 'linux', architecture } })
  }
  await shop.index('2.0.0-rc.1', images)
}

interface View {
  name: string
  show: (page: Page) => Promise<void>
  close?: (page: Page) => Promise<void>
}

/** @param address of the registry that `fillShop` filled, and that is in the list */
export function registryViews(address: () => string): View[] {
  const browse = async (page: Page): Promise<RegistryPage> => {
    await page.evaluate(`void (location.hash = '/registries')`)
    await page.getByTestId('registries-row').first().waitFor()
    const shown = await new RegistriesPage(page).browse(address())
    await shown.choose(SHOP)
    await page.getByText('arm64').first().waitFor()
    return shown
  }
  const close = (page: Page) => page.keyboard.press('Escape')
  const image = (tab: string, tag: string) => async (page: Page) => {
    await (await browse(page)).act(tag, 'open')
    await page.getByTestId('remote-image-page').waitFor()
    await page.getByTestId(`remote-image-tab-${tab}`).click()
    await page.getByTestId('remote-image-digest').waitFor()
  }
  return [
    { name: 'registry', show: async (page) => void (await browse(page)) },
    { name: 'remote-image', show: image('layers', '1.10.1') },
    { name: 'remote-image-configuration', show: image('configuration', '2.0.0-rc.1') },
    { name: 'remote-image-manifest', show: image('manifest', '1.10.1') },
    {
      name: 'registry-copy',
      show: async (page) => {
        const shown = await browse(page)
        await shown.copyAll(address(), MIRROR)
        await shown.previewed()
        await shown.toSend()
      },
      close,
    },
    {
      name: 'registry-copy-everything',
      show: async (page) => {
        await page.evaluate(`void (location.hash = '/registries')`)
        await page.getByTestId('own-registry-settings').waitFor()
        const card = new OwnRegistryCard(page)
        const own = await card.copyEverything(address())
        await page.getByTestId('copy-all-from').selectOption({ label: address() })
        await page.getByTestId('copy-all-to').selectOption(own)
        await page.locator('[data-testid=copy-size][data-counting=false]').waitFor()
      },
      close,
    },
    {
      name: 'registry-delete',
      show: async (page) => void (await (await browse(page)).askDelete('stable')),
      close,
    },
  ]
}
