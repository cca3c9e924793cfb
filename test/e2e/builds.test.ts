/**
 * A build from a folder, one that fails, and a clean-up with its preview, on the bundled engine and on
 * a real dockerd, in Electron and in Chromium, with the mouse and from the keyboard.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { sharedDaemon } from '../support/daemon'
import { tempDir, type TempDir } from '../support/temp'
import { DRIVERS, openApp, type Driver, type RunningApp } from './app'
import { BuildsPage, CleanUpDialog } from './pages/builds'
import { Shell } from './pages/shell'
import { stages } from './stages'

const daemon = sharedDaemon()
const ENGINES = ['bundled', 'docker'] as const
const CASES = ENGINES.flatMap((engine) => DRIVERS.map((driver) => [engine, driver] as const))

const DOCKERFILE = `FROM scratch
ARG VERSION=0
LABEL version=$VERSION
COPY . /srv/
CMD ["/srv/app"]
`

describe.each(CASES)('%s in %s', (engine, driver: Driver) => {
  const name = `e2e-build-${driver}:1.0`
  let app: RunningApp
  let dir: TempDir
  let shell: Shell
  let folder: string
  let first: string
  const step = stages(() => app)

  beforeAll(async () => {
    dir = await tempDir('bld')
    folder = join(dir.path, 'ctx')
    await mkdir(join(folder, 'node_modules'), { recursive: true })
    await writeFile(join(folder, 'Dockerfile'), DOCKERFILE)
    await writeFile(join(folder, '.dockerignore'), 'node_modules\n')
    await writeFile(join(folder, 'node_modules/large.js'), 'x'.repeat(10_000))
    await writeFile(join(folder, '应用.txt'), `${engine} ${driver}\n`)
    const dockerHost = engine === 'docker' ? daemon.host : null
    app = await openApp(driver, { engine, dockerHost })
    shell = new Shell(app.page)
    await shell.readyEngine()
  })

  afterAll(async () => {
    await app?.stop()
    if (engine === 'docker') await daemon.docker(['rmi', '-f', name])
    await dir?.remove()
  })

  step('builds a folder with an argument, and opens the image', async () => {
    const builds = await BuildsPage.open(app.page)
    await builds.chooseFolder(app, folder)
    await builds.reference.fill(name)
    await builds.addArg('VERSION', '7')
    expect(await shell.command()).toContain(`build -t ${name} --build-arg VERSION=7 ctx`)
    const image = await builds.build()
    first = await image.id()
    expect(await image.title()).toBe(name)
    await image.chooseMerged()
    const paths = (await image.files.search('*')).map(({ path }) => path)
    expect(paths).toContain('srv/应用.txt')
    expect(paths).not.toContain('srv/node_modules')
    await app.page.getByTestId('image-tab-configuration').click()
    await app.page.getByText('version', { exact: true }).waitFor()
    if (engine === 'docker') {
      const label = await daemon.dockerOk(['inspect', '-f', '{{.Config.Labels.version}}', name])
      expect(label).toBe('7')
    }
  })

  step('keeps the log, and names the step at which a build stops', async () => {
    const drawer = await shell.task('build')
    await drawer.getByTestId('task-open-log').click()
    const builds = await BuildsPage.shown(app.page)
    await app.page.getByTestId('log-line').first().waitFor()
    expect((await builds.log()).join('\n')).toContain('Step 4/5 : COPY . /srv/')

    await writeFile(join(folder, 'Dockerfile'), `${DOCKERFILE}RUN /bin/missing\n`)
    await builds.chooseFolder(app, folder)
    await builds.buildByKeyboard(`e2e-fails-${driver}:1`)
    const error = await shell.error(app.page.getByTestId('build-run'))
    expect(error.code).toBe(engine === 'bundled' ? 'build_needs_docker' : 'build_failed')
    expect(error.what).toContain('6/6 RUN /bin/missing')
    if (engine === 'bundled') expect(error.next).toContain('Start Docker')
  })

  step('removes what the preview shows, and nothing else', async () => {
    await writeFile(join(folder, 'Dockerfile'), DOCKERFILE)
    await writeFile(join(folder, '应用.txt'), 'newer\n')
    const builds = await BuildsPage.shown(app.page)
    await builds.chooseFolder(app, folder)
    await builds.reference.fill(name)
    const second = await (await builds.build()).id()
    expect(second).not.toBe(first)

    await shell.open('images')
    await app.page.getByTestId('images-clean-up').click()
    const dialog = await CleanUpDialog.shown(app.page)
    expect(await dialog.frees()).toMatch(/^Frees \d/)
    expect(await dialog.item(first).getByRole('checkbox').isChecked()).toBe(true)
    expect(await dialog.item(second).getByRole('checkbox').isChecked()).toBe(false)
    expect(await shell.command()).toContain(`rmi`)
    const lines = await dialog.removeByKeyboard()
    expect(lines.join('\n')).toContain(`Deleted: ${first}`)
    expect(lines.join('\n')).not.toContain(second)
    await dialog.close()

    await shell.open('images')
    await app.page.locator(`[data-testid=images-row][data-key="${name}"]`).waitFor()
    expect(await app.page.locator(`[data-testid=images-row][data-key="${first}"]`).count()).toBe(0)
  })

  step('leaves no error in the page', async () => {
    expect(app.pageErrors).toEqual([])
  })
})
