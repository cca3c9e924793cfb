/**
 * The main job, as a person does it: a container on a real Debian was changed; see what changed,
 * commit it, push it to a private registry, remove it, pull it back, run it, read the mounts. The
 * docker CLI prepares, the app does the work, and every result is read from the daemon and the
 * registry, never from the app.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from 'vitest'
import { sharedDaemon } from '../support/daemon'
import { startRegistry, type TestRegistry } from '../support/registry'
import { debianRootfs } from '../support/rootfs'
import { tempDir, type TempDir } from '../support/temp'
import { DRIVERS, openApp, type RunningApp } from './app'
import { ContainersPage, CommitDialog } from './pages/containers'
import { ImagePage, ImagesPage } from './pages/images'
import { RegistriesPage } from './pages/registries'
import { Shell } from './pages/shell'
import { stages } from './stages'

const daemon = sharedDaemon()
const BASE = 'debian:bookworm'
const CHANGED = 'changed'
const MOUNTED = 'mounted'
const AUTHOR = 'Mei <mei@example.org>'
const MESSAGE = 'vim and net-tools'

interface InspectedImage {
  Id: string
  Author: string
  Comment: string
  RootFS: { Layers: string[] }
  Config: { Cmd: string[] | null }
}

interface InspectedMount {
  Type: string
  Name?: string
  Source: string
  Destination: string
  Mode: string
  RW: boolean
  Propagation: string
}

const inspectImage = async (name: string): Promise<InspectedImage> =>
  (await daemon.api(`/images/${name}/json`)) as InspectedImage

beforeAll(async () => {
  await daemon.dockerOk(['import', await debianRootfs(), BASE], { timeout: 300_000 })
  const install = 'apt-get update -qq && apt-get install -y -qq vim-tiny net-tools'
  const args = ['--network', 'host', BASE, 'sh', '-c', install]
  await daemon.dockerOk(['run', '--name', CHANGED, ...args], { timeout: 300_000 })
})

afterAll(async () => {
  await daemon.docker(['rm', '-f', CHANGED])
  await daemon.docker(['rmi', '-f', BASE])
})

describe.each(DRIVERS)('the main job in %s', (driver) => {
  const committed = `vim-${driver}:1.3`
  let registry: TestRegistry
  let app: RunningApp
  let dir: TempDir
  let shell: Shell
  let pushed: string
  const step = stages(() => app)

  beforeAll(async () => {
    dir = await tempDir('job')
    registry = await startRegistry()
    pushed = `${registry.address}/mhk/debian:1.3`
    app = await openApp(driver, { engine: 'docker', dockerHost: daemon.host })
    shell = new Shell(app.page)
  })

  afterAll(async () => {
    await app?.stop()
    await registry?.stop()
    await daemon.docker(['rmi', '-f', committed, pushed])
    await dir?.remove()
  })

  step('shows the daemon’s images and its version', async () => {
    const version = (await daemon.api('/version')) as { Version: string }
    expect(await shell.readyEngine()).toContain(version.Version.replace(/\+.*/, ''))
    await shell.open('images')
    await new ImagesPage(app.page).row(BASE).waitFor()
    expect(await shell.command()).toContain('docker images')
  })

  step('shows every changed file of the container', async () => {
    const changes = (await daemon.api(`/containers/${CHANGED}/changes`)) as {
      Path: string
      Kind: 0 | 1 | 2
    }[]
    const count = (kind: number): number => changes.filter(({ Kind }) => Kind === kind).length
    await shell.open('containers')
    const container = await new ContainersPage(app.page).open(CHANGED)
    await container.changes.row('etc').waitFor({ timeout: 120_000 })
    expect(await shell.command()).toContain(`docker diff ${CHANGED}`)
    expect(await container.changeCounts()).toEqual({
      changed: count(0),
      added: count(1),
      deleted: count(2),
    })
    expect(await container.changes.change('usr/bin/vim.tiny')).toBe('added')
    expect(await container.changes.change('var/lib/dpkg/status')).toBe('changed')
  })

  step(
    'commits it with author and message from the keyboard, and opens the new image',
    async () => {
      await shell.open('containers')
      await new ContainersPage(app.page).table.openByKeyboard(CHANGED)
      await app.page.getByTestId('container-commit').focus()
      await app.page.keyboard.press('Enter')
      const dialog = await CommitDialog.shown(app.page)
      await dialog.fillByKeyboard({ reference: committed, author: AUTHOR, message: MESSAGE })
      const image = await ImagePage.shown(app.page)

      const found = await inspectImage(committed)
      expect(found).toMatchObject({ Author: AUTHOR, Comment: MESSAGE })
      expect(await image.id()).toBe(found.Id)
      expect(await image.title()).toBe(committed)
      expect(await image.layers()).toEqual(found.RootFS.Layers)
      const base = await inspectImage(BASE)
      expect(found.RootFS.Layers.slice(0, -1)).toEqual(base.RootFS.Layers)
    },
  )

  step('shows the files of the new layer', async () => {
    const image = await ImagePage.shown(app.page)
    await image.chooseLayer(1)
    expect(await image.files.change('usr/bin/vim.tiny')).toBe('added')
    expect(await image.files.change('var/lib/dpkg/status')).toBe('changed')
  })

  step('adds a private registry over http and tests the connection', async () => {
    await shell.open('registries')
    const registries = new RegistriesPage(app.page)
    await registries.fillNew({ address: registry.address, protocol: 'http' })
    await registries.test()
    await app.page.getByTestId('registry-probe').waitFor()
    await registries.save()
    await registries.table.row(registry.address).waitFor()
  })

  step('pushes and shows each layer go; the registry has it', async () => {
    await shell.open('images')
    const push = await (await new ImagesPage(app.page).open(committed)).push()
    await push.target(registry.address, 'mhk/debian', '1.3')
    expect(await push.name.innerText()).toBe(pushed)
    await push.push()
    await push.items.first().waitFor()
    await push.state('done').waitFor({ timeout: 240_000 })
    expect(await push.items.count()).toBeGreaterThanOrEqual(2)
    expect(await push.pullCommand()).toBe(`docker pull ${pushed}`)

    const catalog = await registry.request('/v2/_catalog')
    expect(JSON.parse(catalog.body)).toEqual({ repositories: ['mhk/debian'] })
    const manifest = await registry.request('/v2/mhk/debian/manifests/1.3', {
      headers: { accept: 'application/vnd.docker.distribution.manifest.v2+json' },
    })
    expect(await push.digest()).toBe(manifest.headers['docker-content-digest'])
    const config = (JSON.parse(manifest.body) as { config: { digest: string } }).config
    expect(config.digest).toBe((await inspectImage(committed)).Id)
  })

  step('finds it in the registry’s repositories and tags', async () => {
    await shell.open('registries')
    const page = await new RegistriesPage(app.page).browse(registry.address)
    await page.choose('mhk/debian')
    await page.tags.row('1.3').waitFor()
  })

  step('removes it locally: the report says so and the daemon has it no more', async () => {
    const { Id } = await inspectImage(committed)
    await shell.open('images')
    const report = await new ImagesPage(app.page).remove([committed, pushed])
    expect(report.untagged.join(' ')).toContain(committed)
    expect(report.untagged.join(' ')).toContain(pushed)
    expect(report.deleted.join(' ')).toContain(Id)
    await expect(inspectImage(Id)).rejects.toThrow('404')
  })

  step('pulls it back, and vi runs in it', async () => {
    await shell.open('images')
    const image = await new ImagesPage(app.page).pull(pushed)
    expect(await image.id()).toBe((await inspectImage(pushed)).Id)
    const vi = await daemon.dockerOk(['run', '--rm', pushed, 'vi', '--version'])
    expect(vi).toMatch(/VIM - Vi IMproved/)
  })

  describe('mounts', () => {
    const volume = `data-${driver}`

    beforeEach(async () => {
      const [writable, fixed] = [join(dir.path, 'rw'), join(dir.path, 'ro')]
      await mkdir(writable, { recursive: true })
      await mkdir(fixed, { recursive: true })
      await writeFile(join(fixed, 'settings.conf'), 'answer=42\n')
      await daemon.dockerOk([
        ...['create', '--name', MOUNTED, '-v', `${writable}:/work`, '-v', `${fixed}:/etc/app:ro`],
        ...['-v', `${volume}:/var/lib/data`, pushed, 'sleep', '60'],
      ])
    })

    afterEach(async () => {
      await daemon.docker(['rm', '-f', MOUNTED])
      await daemon.docker(['volume', 'rm', volume])
    })

    step('are shown as docker inspect shows them', async () => {
      const inspected = (await daemon.api(`/containers/${MOUNTED}/json`)) as {
        Mounts: InspectedMount[]
      }
      await shell.open('containers')
      const container = await new ContainersPage(app.page).open(MOUNTED)
      const shown = await container.mounts()
      const byPath = <T extends { destination: string }>(rows: T[]): T[] =>
        [...rows].sort((a, b) => a.destination.localeCompare(b.destination))
      const orDash = (text: string | undefined): string => text || '–'
      expect(byPath(shown)).toEqual(
        byPath(
          inspected.Mounts.map((mount) => ({
            type: mount.Type,
            name: orDash(mount.Name),
            source: orDash(mount.Source),
            destination: mount.Destination,
            rw: String(mount.RW),
            mode: orDash(mount.Mode),
            propagation: orDash(mount.Propagation),
          })),
        ),
      )
      expect(shown.map(({ rw }) => rw).sort()).toEqual(['false', 'true', 'true'])
    })
  })

  step('leaves no error in the page', async () => {
    expect(app.pageErrors).toEqual([])
  })
})
