/**
 * Every page in both languages and both themes, with real content: no clipped text at 1024 px, no
 * serious axe finding. `npm run screenshots` runs this and keeps the pictures in docs/screenshots.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sharedDaemon } from '../support/daemon'
import { startRegistry, type TestRegistry } from '../support/registry'
import { busyboxRootfs, debianRootfs } from '../support/rootfs'
import { tempDir, type TempDir } from '../support/temp'
import { openApp, type RunningApp } from './app'
import { clippedText, seriousFindings } from './looks'
import { BuildsPage } from './pages/builds'
import { ContainersPage } from './pages/containers'
import { ownRegistryViews, startOwnRegistry } from './own-registry-views'
import { RegistriesPage } from './pages/registries'
import { Shell } from './pages/shell'
import { fillShop, registryViews } from './registry-views'

const daemon = sharedDaemon()
const PICTURES = process.env.LAMINA_SCREENSHOTS
const NARROW = { width: 1024, height: 720 }
const WIDE = { width: 1280, height: 800 }

interface View {
  name: string
  /** Goes there from anywhere and waits until it stands still. */
  show: (page: Page) => Promise<void>
  /** Leaves nothing open. */
  close?: (page: Page) => Promise<void>
}

let registry: TestRegistry
/** One that Docker takes for https, and that speaks http. */
let refused: TestRegistry
let app: RunningApp
let dir: TempDir
let imageId: string
let buildTask: string
let failedTask: string
const IMAGE = 'mhk/debian:1.3'

beforeAll(async () => {
  dir = await tempDir('looks')
  registry = await startRegistry()
  const network = ['network', 'inspect', 'bridge', '--format', '{{(index .IPAM.Config 0).Gateway}}']
  refused = await startRegistry({ host: await daemon.dockerOk(network) })
  await makeContent()
  app = await openApp('browser', { engine: 'docker', dockerHost: daemon.host })
  await new Shell(app.page).readyEngine()
  await addRegistry(app.page)
  await startOwnRegistry(app.page)
  await makeBuilds(app.page)
})

afterAll(async () => {
  await app?.stop()
  await daemon.docker(['rm', '-f', '-v', 'web-1', 'mysql', 'edited', 'old'])
  await daemon.docker([
    'rmi',
    '-f',
    IMAGE,
    'debian:12',
    'busybox:local',
    `${registry?.address}/mhk/debian:1.3`,
    'mhk/shop:2.0',
  ])
  await daemon.docker(['volume', 'rm', '-f', 'dbdata'])
  await registry?.stop()
  await refused?.stop()
  await dir?.remove()
})

/** What a person has after an afternoon with the tutorial. */
async function makeContent(): Promise<void> {
  const docker = (...args: string[]) => daemon.dockerOk(args, { timeout: 300_000 })
  await docker('import', '-c', 'CMD ["bash"]', await debianRootfs(), 'debian:12')
  await docker('import', '-c', 'CMD ["sh"]', await busyboxRootfs(), 'busybox:local')
  const script =
    'mkdir -p /usr/share/vim /srv/app && cp /bin/bash /usr/bin/vim.tiny && ' +
    'for i in $(seq 18); do head -c 36000 /bin/bash > /usr/share/vim/$i.vim; done && ' +
    'echo LANG=C.UTF-8 >> /etc/environment && rm /etc/motd'
  await docker('run', '--name', 'old', 'debian:12', 'sh', '-c', script)
  await docker('commit', '-a', 'mhk', '-m', 'add vim', 'old', IMAGE)
  await docker('run', '-d', '--name', 'web-1', IMAGE, 'sleep', '3600')
  await docker(
    'exec',
    'web-1',
    'sh',
    '-c',
    'echo hello > /srv/app/index.html; rm -r /usr/share/doc/tar',
  )
  await mkdir(join(dir.path, 'myHostData'), { recursive: true })
  await docker('volume', 'create', 'dbdata')
  await docker(
    ...['run', '-d', '--name', 'mysql', '-v', 'dbdata:/var/lib/mysql'],
    ...[
      '-v',
      `${join(dir.path, 'myHostData')}:/etc/myDockerData`,
      '-v',
      '/etc/hosts:/etc/hosts.host:ro',
    ],
    ...['debian:12', 'sleep', '3600'],
  )
  await docker(
    'create',
    '--name',
    'edited',
    'busybox:local',
    'sh',
    '-c',
    'while true; do date; sleep 60; done',
  )
  const pushed = `${registry.address}/mhk/debian:1.3`
  await docker('tag', IMAGE, pushed)
  await docker('push', pushed)
  await fillShop(registry.url)
  imageId = ((await daemon.api(`/images/${IMAGE}/json`)) as { Id: string }).Id
}

async function addRegistry(page: Page): Promise<void> {
  await new Shell(page).open('registries')
  const registries = new RegistriesPage(page)
  await registries.fillNew({ address: registry.address, protocol: 'http' })
  await registries.save()
  // So that Tasks has something to show.
  const shown = await registries.browse(registry.address)
  await shown.choose('mhk/debian')
  await shown.pull('1.3')
}

/** A build that went well, of which an image without a name is left, and one that stopped. */
async function makeBuilds(page: Page): Promise<void> {
  const folder = join(dir.path, 'shop')
  await mkdir(join(folder, 'src'), { recursive: true })
  await writeFile(join(folder, 'src/index.html'), '<h1>Shop</h1>')
  const dockerfile = join(folder, 'Dockerfile')
  const steps = ['FROM busybox:local', 'ARG VERSION=1', 'COPY src /srv/www', 'RUN ls -l /srv/www']
  const build = async (lines: string[], end: string): Promise<string> => {
    await writeFile(dockerfile, `${lines.join('\n')}\n`)
    await opened('/build', 'build-page')(page)
    const builds = await BuildsPage.shown(page)
    await builds.chooseFolder(app, folder)
    await builds.reference.fill('mhk/shop:2.0')
    await page.getByTestId('build-submit').click()
    await page.getByTestId(end).first().waitFor({ timeout: 60_000 })
    const tasks = new Shell(page)
    await (await tasks.task('build')).getByTestId('task-open-log').click()
    await page.getByTestId('build-run').waitFor()
    return page.url().split('task=')[1] ?? ''
  }
  await build(steps, 'image-page')
  buildTask = await build([...steps, 'LABEL version=$VERSION', 'CMD ["httpd"]'], 'image-page')
  failedTask = await build([...steps, 'RUN make install'], 'error-notice')
}

const go = (hash: string) => async (page: Page) => {
  await page.evaluate(`void (location.hash = ${JSON.stringify(hash)})`)
}

const opened = (hash: string, testid: string) => async (page: Page) => {
  await go(hash)(page)
  await page.getByTestId(testid).first().waitFor()
}

const closeDialog = (page: Page) => page.keyboard.press('Escape')

const VIEWS: View[] = [
  { name: 'images', show: opened('/images', 'images-row') },
  {
    name: 'image-layers',
    show: async (page) => {
      await opened(`/images/${encodeURIComponent(imageId)}?reference=${IMAGE}`, 'layer-row')(page)
      await page.locator('[data-testid$=-tree-row]').first().waitFor({ timeout: 120_000 })
    },
  },
  {
    name: 'image-pull',
    show: async (page) => {
      await opened('/images', 'images-pull')(page)
      await page.getByTestId('images-pull').click()
      await page.getByTestId('dialog-pull').waitFor()
    },
    close: closeDialog,
  },
  {
    name: 'image-import-url',
    show: async (page) => {
      await opened('/images', 'images-import')(page)
      await page.getByTestId('images-import').click()
      await page.getByTestId('dialog-import-from-url').click()
      await page.getByTestId('dialog-import-url').fill('https://example.com/debian-12.tar.gz')
    },
    close: closeDialog,
  },
  {
    name: 'build',
    show: async (page) => {
      await opened(`/build?task=${buildTask}`, 'build-done')(page)
      await page.getByTestId('log-line').first().waitFor()
    },
  },
  {
    name: 'build-failed',
    show: async (page) => {
      await opened(`/build?task=${failedTask}`, 'build-run')(page)
      await page.getByTestId('error-notice').waitFor()
    },
  },
  { name: 'push', show: (page) => pushTo(page, 'registry') },
  {
    name: 'push-review',
    show: async (page) => {
      await pushTo(page, 'registry')
      await page.getByTestId('push-submit').click()
      await page.getByTestId('push-review-item').first().waitFor({ timeout: 60_000 })
    },
  },
  {
    name: 'push-acr',
    show: async (page) => {
      await pushTo(page, 'acr')
      await page.getByTestId('push-acr-instance').fill('crpi-0123456789abcdef')
      await page.getByTestId('push-acr-region').fill('cn-hangzhou')
      await page.getByTestId('push-acr-region').blur()
    },
  },
  {
    name: 'push-hub',
    show: async (page) => {
      await pushTo(page, 'hub')
      await page.getByTestId('push-repository').fill('debian')
    },
  },
  { name: 'containers', show: opened('/containers', 'containers-row') },
  {
    name: 'container-changes',
    show: async (page) => {
      await openContainer(page)
      await page.locator('[data-testid$=-tree-row]').first().waitFor({ timeout: 120_000 })
    },
  },
  {
    name: 'container-mounts',
    show: async (page) => {
      await openContainer(page, 'mysql')
      await page.getByTestId('container-tab-mounts').click()
      await page.getByTestId('mounts-table').waitFor()
    },
  },
  {
    name: 'commit',
    show: async (page) => {
      await openContainer(page, 'mysql')
      await page.getByTestId('container-commit').click()
      await page.getByTestId('dialog-commit').waitFor()
      await page.getByTestId('commit-size').waitFor({ timeout: 120_000 })
    },
    close: closeDialog,
  },
  { name: 'volumes', show: opened('/volumes', 'volumes-row') },
  { name: 'registries', show: opened('/registries', 'registries-row') },
  ...ownRegistryViews,
  ...registryViews(() => registry.address),
  {
    name: 'doctor',
    show: async (page) => {
      await opened(`/doctor?address=${refused.address}`, 'doctor-page')(page)
      await page.getByTestId('settings-apply').waitFor({ timeout: 60_000 })
    },
  },
  { name: 'mirrors', show: opened('/doctor?tab=mirrors', 'mirrors-panel') },
  { name: 'tasks', show: opened('/tasks', 'tasks-page') },
  { name: 'settings', show: opened('/settings', 'settings-page') },
  {
    name: 'storage',
    show: async (page) => {
      await opened('/storage', 'storage-page')(page)
      await page.getByTestId('storage-layer').first().waitFor()
    },
  },
  {
    name: 'clean-up',
    show: async (page) => {
      await opened('/storage', 'storage-clean-up')(page)
      await page.getByTestId('storage-clean-up').click()
      await page.getByTestId('clean-up-frees').waitFor()
      await page.getByTestId('clean-up-containers-all').click()
    },
    close: closeDialog,
  },
]

/** The push page; its form is remembered, so that every view says where it goes. */
async function pushTo(page: Page, kind: 'registry' | 'acr' | 'hub'): Promise<void> {
  await opened('/images', 'images-row')(page)
  const path = `/images/${encodeURIComponent(imageId)}/push?reference=${IMAGE}`
  await opened(path, 'push-form')(page)
  await page.getByTestId(`push-kind-${kind}`).click()
  if (kind !== 'registry') return
  await page.getByTestId('push-registry').selectOption({ label: registry.address })
  await page.getByTestId('push-repository').fill('mhk/debian')
  await page.getByTestId('push-repository').blur()
}

async function openContainer(page: Page, name = 'web-1'): Promise<void> {
  await opened('/containers', 'containers-row')(page)
  await new ContainersPage(page).open(name)
}

describe.each(['zh-CN', 'en'] as const)('in %s', (language) => {
  describe.each(['light', 'dark'] as const)('and %s', (theme) => {
    beforeAll(async () => {
      const page = app.page
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
      await opened('/settings', 'settings-page')(page)
      await page.getByTestId(`settings-language-${language}`).click()
      await page.getByTestId(`settings-theme-${theme}`).click()
    })

    it.each(VIEWS.map(({ name }) => name))('%s fits and can be used by everyone', async (name) => {
      const page = app.page
      const view = VIEWS.find((each) => each.name === name) as View
      await page.setViewportSize(WIDE)
      await view.show(page)
      await page.mouse.move(0, 0)
      await page.evaluate(`getSelection()?.removeAllRanges()`)
      await page.waitForTimeout(400)
      if (PICTURES) {
        await mkdir(PICTURES, { recursive: true })
        const picture = await page.screenshot({ animations: 'disabled' })
        await writeFile(join(PICTURES, `${name}-${language}-${theme}.png`), picture)
      }
      await page.setViewportSize(NARROW)
      await page.waitForTimeout(300)
      const clipped = await clippedText(page)
      const serious = await seriousFindings(page)
      await view.close?.(page)
      expect(clipped).toEqual([])
      expect(serious).toEqual([])
    })
  })
})
