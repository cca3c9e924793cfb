/**
 * The same flow on the bundled engine, with no daemon in sight: the sample image, a container of
 * it, files added and deleted, the changes, a commit, an archive. The archive is then loaded into a
 * real dockerd, which runs it and says what is in it.
 */
import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { makeTar } from '../engine/cli/harness/tar'
import { dockerArchive } from '../engine/hostile/images'
import { sharedDaemon } from '../support/daemon'
import { runOk } from '../support/run'
import { tempDir, type TempDir } from '../support/temp'
import { DRIVERS, openApp, type RunningApp } from './app'
import { CommitDialog, ContainersPage } from './pages/containers'
import { ImagePage, ImagesPage } from './pages/images'
import { Shell } from './pages/shell'
import { stages } from './stages'

const daemon = sharedDaemon()
const NOTE = '写在容器里的笔记\n'

describe.each(DRIVERS)('the bundled engine in %s', (driver) => {
  const committed = `notes-${driver}:1.0`
  let app: RunningApp
  let dir: TempDir
  let shell: Shell
  /** A file of the sample's base layer, without the leading slash. */
  let victim: string
  let sample: string
  const step = stages(() => app)

  beforeAll(async () => {
    dir = await tempDir('bun')
    await writeFile(join(dir.path, '笔记.txt'), NOTE)
    app = await openApp(driver, { engine: 'bundled', dockerHost: null })
    shell = new Shell(app.page)
  })

  afterAll(async () => {
    await app?.stop()
    await daemon.docker(['rmi', '-f', committed])
    await dir?.remove()
  })

  step('offers a sample image of four layers to a newcomer', async () => {
    await shell.readyEngine()
    await shell.open('images')
    const images = new ImagesPage(app.page)
    await images.table.rows.first().waitFor()
    expect(await images.table.rows.count()).toBe(1)
    sample = (await images.table.rows.first().getAttribute('data-key')) ?? ''
    const image = await images.open(sample)
    expect(await image.layers()).toHaveLength(4)
  })

  step('runs the engine in a process of its own', async () => {
    const kind = driver === 'electron' ? 'Utility' : 'child of the server'
    expect(await app.engineProcess()).toBe(kind)
  })

  step('shows a replaced and a deleted file in its layers', async () => {
    const image = await ImagePage.shown(app.page)
    const marks = new Set<string | null>()
    for (const layer of [0, 1, 2, 3]) {
      await image.chooseLayer(layer)
      for (const { change } of await image.files.search('*')) marks.add(change)
      await image.files.clearSearch()
    }
    expect([...marks]).toEqual(expect.arrayContaining(['added', 'changed', 'deleted']))
  })

  step('makes a container, which is kept and not run', async () => {
    const image = await ImagePage.shown(app.page)
    await image.chooseMerged()
    victim = (await image.files.search('*.*'))[0]?.path ?? ''
    expect(victim).toMatch(/\w\.\w/)
    await image.createContainer('notebook', 'sh')
    await app.page.getByTestId('container-cannot-run').waitFor()
  })

  step('adds and deletes files and shows both as changes', async () => {
    const container = new ContainersPage(app.page)
    await shell.open('containers')
    const notebook = await container.open('notebook')
    await notebook.addFiles(app, [join(dir.path, '笔记.txt')], '/srv')
    expect(await notebook.changes.change('srv/笔记.txt')).toBe('added')
    await notebook.deleteFile(`/${victim}`)
    expect(await notebook.changes.change(victim)).toBe('deleted')
  })

  step('commits it', async () => {
    await app.page.getByTestId('container-commit').click()
    const dialog = await CommitDialog.shown(app.page)
    await dialog.fill({ reference: committed, author: 'Mei', message: '加了笔记' })
    await dialog.submit.click()
    const image = await ImagePage.shown(app.page)
    expect(await image.title()).toBe(committed)
    expect(await image.layers()).toHaveLength(5)
    await image.chooseLayer(4)
    expect(await image.files.change('srv/笔记.txt')).toBe('added')
    expect(await image.files.change(victim)).toBe('deleted')
  })

  step('saves an archive that a real dockerd loads and runs', async () => {
    const image = await ImagePage.shown(app.page)
    const archive = join(dir.path, 'notes.tar')
    await image.save(app, archive)
    expect((await readFile(archive)).length).toBeGreaterThan(1024)

    expect(await daemon.dockerOk(['load', '-i', archive])).toContain(committed)
    const history = await daemon.dockerOk(['history', '--format', '{{.Comment}}', committed])
    expect(history.split('\n')[0]).toBe('加了笔记')
    const author = await daemon.dockerOk(['inspect', '-f', '{{.Author}}', committed])
    expect(author).toBe('Mei')
    // The sample may have no program of its own: a static one is lent to the container.
    const busybox = (await runOk('sh', ['-c', 'command -v busybox'])).trim()
    const inImage = (...command: string[]): Promise<string> =>
      daemon.dockerOk([
        ...['run', '--rm', '-v', `${busybox}:/busybox:ro`, '--entrypoint', '/busybox'],
        ...[committed, ...command],
      ])
    expect(await inImage('cat', '/srv/笔记.txt')).toBe(NOTE.trim())
    const shell = `if [ -e '/${victim}' ]; then echo there; else echo gone; fi`
    expect(await inImage('sh', '-c', shell)).toBe('gone')
  })

  step('loads an archive whose large layer is packed, and shows its files', async () => {
    const layer = await makeTar([{ name: 'large', content: randomBytes(2_000_000) }])
    const archive = await dockerArchive({
      layers: [layer],
      layerFiles: [{ name: '0/layer.tar', content: gzipSync(layer) }],
      item: { RepoTags: ['packed:1'] },
    })
    await writeFile(join(dir.path, 'packed.tar'), archive)
    await shell.open('images')
    const images = new ImagesPage(app.page)
    await images.load(app, join(dir.path, 'packed.tar'))
    await app.page.getByTestId('dialog-load-done').waitFor()
    await app.page.keyboard.press('Escape')
    const image = await images.open('packed:1')
    await image.chooseLayer(0)
    expect(await image.files.change('large')).toBe('added')
  })

  step('leaves no error in the page', async () => {
    expect(app.pageErrors).toEqual([])
  })
})
