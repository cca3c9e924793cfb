/**
 * What goes wrong, as a person meets it: each ends in a sentence that says what happened and what
 * to do, in the person's language, and leaves nothing half done.
 */
import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Locator } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ERRORS } from '../../src/shared/error-table'
import type { ErrorCode } from '../../src/shared/errors'
import { startDockerd, type Dockerd } from '../support/dockerd'
import { startRegistry, type TestRegistry } from '../support/registry'
import { busyboxRootfs } from '../support/rootfs'
import { runOk, sortedLines } from '../support/run'
import { freePort, tempDir, type TempDir } from '../support/temp'
import { openApp, type Driver, type RunningApp } from './app'
import { ImagesPage } from './pages/images'
import { RegistriesPage } from './pages/registries'
import { Shell } from './pages/shell'

const VARIANTS: { driver: Driver; language: 'en' | 'zh'; locale: string }[] = [
  { driver: 'browser', language: 'en', locale: 'en_US.UTF-8' },
  { driver: 'browser', language: 'zh', locale: 'zh_CN.UTF-8' },
  { driver: 'electron', language: 'zh', locale: 'zh_CN.UTF-8' },
]
const USERS = { mei: 'right' }

/** A sentence of the table, its {parameters} standing for any text. */
function pattern(text: string): RegExp {
  const parts = text.split(/\{\w+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.+')}$`, 's')
}

describe.each(VARIANTS)('bad input in $driver, $language', ({ driver, language, locale }) => {
  let dockerd: Dockerd
  let registry: TestRegistry
  let locked: TestRegistry
  let app: RunningApp
  let dir: TempDir
  let shell: Shell

  beforeAll(async () => {
    dir = await tempDir('bad')
    dockerd = await startDockerd()
    registry = await startRegistry()
    locked = await startRegistry({ auth: { kind: 'htpasswd', users: USERS } })
    await dockerd.dockerOk(['import', await busyboxRootfs(), 'small:1'])
    app = await openApp(driver, { engine: 'docker', dockerHost: dockerd.host, locale })
    shell = new Shell(app.page)
  })

  afterAll(async () => {
    await app?.stop()
    await Promise.all([registry?.stop(), locked?.stop(), dockerd?.stop()])
    await dir?.remove()
  })

  // A dialog that a failed test left open would stand before the next one.
  afterEach(() => app.page.reload())

  /** The error shown has this code, and both its sentences stand in the person's language. */
  async function expectError(code: ErrorCode, within?: Locator): Promise<void> {
    const shown = await shell.error(within)
    expect(shown.code).toBe(code)
    expect(shown.what).toMatch(pattern(ERRORS[code][language].what))
    expect(shown.next).toMatch(pattern(ERRORS[code][language].next))
  }

  const imagesOfDaemon = async (): Promise<string[]> => {
    const format = '{{.ID}} {{.Repository}}:{{.Tag}}'
    return sortedLines(await dockerd.dockerOk(['images', '-a', '--no-trunc', '--format', format]))
  }

  describe('a bad reference', () => {
    it.each(['Team/App:1', 'a b', 'https://host/app', 'app:', '-app'])(
      'is refused as one types: %s',
      async (reference) => {
        await shell.open('images')
        await app.page.getByTestId('images-pull').click()
        const field = app.page.getByTestId('dialog-pull-reference')
        await field.fill(reference)
        expect(await field.getAttribute('aria-invalid')).toBe('true')
        const reason = app.page.locator(`[id="${await field.getAttribute('aria-describedby')}"]`)
        const text = await reason.innerText()
        expect(/\p{Script=Han}/u.test(text)).toBe(language === 'zh')
        expect(await app.page.getByTestId('dialog-pull-submit').isDisabled()).toBe(true)
      },
    )
  })

  describe('a registry', () => {
    let registries: RegistriesPage

    beforeEach(async () => {
      await shell.open('registries')
      registries = new RegistriesPage(app.page)
    })

    it('that cannot be reached', async () => {
      const address = `127.0.0.1:${await freePort()}`
      await registries.fillNew({ address, protocol: 'http' })
      await registries.test()
      await expectError('registry_unreachable')
    })

    it('that speaks http, asked over https', async () => {
      await registries.fillNew({ address: registry.address, protocol: 'https' })
      await registries.test()
      await expectError('registry_speaks_http')
    })

    it('that refuses the password', async () => {
      const login = { username: 'mei', password: 'wrong' }
      await registries.fillNew({ address: locked.address, protocol: 'http', ...login })
      await registries.test()
      const answer = app.page.getByTestId('registry-probe-signed-in')
      await answer.or(app.page.getByTestId('error-notice')).first().waitFor()
      if (await answer.isVisible()) {
        expect(await answer.getAttribute('data-signed-in')).toBe('false')
        expect(/\p{Script=Han}/u.test(await answer.innerText())).toBe(language === 'zh')
      } else {
        await expectError('registry_unauthorized')
      }
    })
  })

  it('a push with a wrong password sends nothing', async () => {
    const before = await imagesOfDaemon()
    await shell.open('registries')
    const registries = new RegistriesPage(app.page)
    const login = { username: 'mei', password: 'wrong' }
    await registries.fillNew({ address: locked.address, protocol: 'http', ...login })
    await registries.saveAnyway()
    await shell.open('images')
    const push = await (await new ImagesPage(app.page).open('small:1')).push()
    await push.target(locked.address, 'mhk/small', '1')
    await push.push()
    await push.state('failed').waitFor({ timeout: 60_000 })
    await expectError('registry_unauthorized', push.state('failed'))
    const catalog = await locked.request('/v2/_catalog', { login: 'mei:right' })
    expect(JSON.parse(catalog.body)).toEqual({ repositories: [] })
    expect(await imagesOfDaemon()).toEqual(before)
  })

  it('a corrupted archive', async () => {
    const before = await imagesOfDaemon()
    const good = join(dir.path, 'good.tar')
    await dockerd.dockerOk(['save', '-o', good, 'small:1'])
    const cut = join(dir.path, 'cut.tar')
    await runOk('dd', [`if=${good}`, `of=${cut}`, 'bs=1000', 'count=300'])
    await shell.open('images')
    await new ImagesPage(app.page).load(app, cut)
    const dialog = app.page.getByTestId('dialog-load')
    const { code } = await shell.error(dialog)
    expect(['archive_corrupted', 'archive_unsupported']).toContain(code)
    await expectError(code as ErrorCode, dialog)
    expect(await imagesOfDaemon()).toEqual(before)
  })

  it('a file that is no archive', async () => {
    const before = await imagesOfDaemon()
    const noise = join(dir.path, 'noise.tar')
    await writeFile(noise, randomBytes(100_000))
    await shell.open('images')
    await new ImagesPage(app.page).load(app, noise)
    const dialog = app.page.getByTestId('dialog-load')
    const { code } = await shell.error(dialog)
    expect(['archive_corrupted', 'archive_unsupported']).toContain(code)
    await expectError(code as ErrorCode, dialog)
    expect(await imagesOfDaemon()).toEqual(before)
  })

  it('a daemon that dies in mid-push, and comes back', { timeout: 240_000 }, async () => {
    const root = join(dir.path, 'noise')
    await mkdir(root)
    // Random bytes take dockerd some seconds to compress.
    for (let n = 0; n < 4; n++) await writeFile(join(root, `${n}`), randomBytes(64 * 1024 * 1024))
    const tar = join(dir.path, 'rootfs.tar')
    await runOk('tar', ['-C', root, '-cf', tar, '.'])
    await dockerd.dockerOk(['import', tar, 'noise:1'])
    await shell.open('registries')
    const registries = new RegistriesPage(app.page)
    await registries.fillNew({ address: registry.address, protocol: 'http' })
    await registries.save()
    await shell.open('images')
    const push = await (await new ImagesPage(app.page).open('noise:1')).push()
    await push.target(registry.address, 'mhk/noise', '1')
    await push.push()
    await push.items.first().waitFor()
    await dockerd.kill()
    await push.state('failed').waitFor({ timeout: 60_000 })
    await expectError('engine_lost', push.state('failed'))
    const tags = await registry.request('/v2/mhk/noise/tags/list')
    expect(tags.body).not.toContain('"1"')

    await app.page
      .locator('[data-testid=engine-switcher]:not([data-state=ready])')
      .waitFor({ timeout: 60_000 })
    await dockerd.restart()
    await shell.readyEngine()
    await shell.open('images')
    await new ImagesPage(app.page).row('small:1').waitFor()
  })
})

describe.each(VARIANTS)('a full disk in $driver, $language', ({ driver, language, locale }) => {
  let app: RunningApp
  let disk: TempDir
  let dir: TempDir

  beforeAll(async () => {
    disk = await tempDir('disk')
    dir = await tempDir('full')
    await runOk('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', disk.path])
    app = await openApp(driver, {
      engine: 'bundled',
      dockerHost: null,
      locale,
      home: join(disk.path, 'home'),
    })
  })

  afterAll(async () => {
    await app?.stop()
    await runOk('umount', [disk.path])
    await Promise.all([disk.remove(), dir.remove()])
  })

  it('says so, and keeps nothing half done', async () => {
    const shell = new Shell(app.page)
    await shell.readyEngine()
    await shell.open('images')
    const images = new ImagesPage(app.page)
    await images.table.rows.first().waitFor()
    const big = join(dir.path, 'big.tar')
    await runOk('dd', ['if=/dev/urandom', `of=${join(dir.path, 'big')}`, 'bs=1M', 'count=40'])
    await runOk('tar', ['-C', dir.path, '-cf', big, 'big'])
    await app.page.getByTestId('images-import').click()
    await app.chooseFiles([big], () => app.page.getByTestId('dialog-import-file').click())
    const dialog = app.page.getByTestId('dialog-import')
    const named = app.page.getByTestId('dialog-import-file-name')
    // In the browser the upload itself has no room; in Electron the engine finds out.
    await named.or(dialog.getByTestId('error-notice')).first().waitFor()
    if (await named.isVisible()) {
      await app.page.getByTestId('dialog-import-reference').fill('big:1')
      await app.page.getByTestId('dialog-import-submit').click()
    }
    const shown = await shell.error(dialog)
    expect(shown.code).toBe('disk_full')
    expect(shown.what).toMatch(pattern(ERRORS.disk_full[language].what))
    expect(shown.next).toMatch(pattern(ERRORS.disk_full[language].next))
    await app.page.getByTestId('dialog-import-cancel').click()
    expect(await images.table.rows.count()).toBe(1)
    const free = (await runOk('df', ['--output=avail', '-k', disk.path])).split('\n')[1]
    expect(Number(free)).toBeGreaterThan(16 * 1024)
    expect(await runOk('find', [app.home, '-size', '+1M'])).toBe('')
  })
})
