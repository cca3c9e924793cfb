/**
 * `npm run bench -- gui [--runs N]`: a table of 10,000 images and a tree of 1,000,000 files on the
 * bundled engine, in Electron (under Xvfb) and in Chromium. Each time is that from a click or a key
 * to the painted page, as the page itself sees it; frames are counted by requestAnimationFrame.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Page } from 'playwright-core'
import { packTar } from '../src/engine/layer/tar-writer'
import type { LayerSource } from '../src/engine/layer/types'
import { DRIVERS, openApp, type Driver } from '../test/e2e/app'
import { ImagesPage } from '../test/e2e/pages/images'
import { Shell } from '../test/e2e/pages/shell'
import { startEngine } from '../test/support/engine'
import { tempDir } from '../test/support/temp'
import { Client, type Body } from './lib/client'
import { frames, type Frames } from './lib/frames'
import { manyImages } from './lib/many-images'
import { rendererMemory, type RendererMemory } from './lib/renderer'
import { printGoals, type Goal } from './lib/report'
import { runsOf } from './lib/turns'
import { file, folder } from './lib/workloads'

const IMAGES = 10_000
const FOLDERS = 1000
const FILES_A_FOLDER = 999
const TREE = 'bench/tree:latest'
/** Milliseconds. */
const FRAME = 50
const KEY = 50
const OPEN = 1000
const EXPAND = 50
/** The first list reads the configs of all images. */
const LIST_LIMIT = 60_000
/** MB. */
const MEMORY = 300

/**
 * `laminaOpen(from, to)` clicks on what matches `from` and answers with the milliseconds to the paint
 * after which something matches `to`. `laminaKeys` has the same of each key that is pressed, to the
 * next paint; `laminaFrame()` waits for one.
 */
const CLOCK = `(() => {
  const painted = (then) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => then(performance.now())
    port2.postMessage(null)
  })
  window.laminaFrame = () => new Promise(painted)
  window.laminaOpen = (from, to) => new Promise((resolve) => {
    const start = performance.now()
    const observer = new MutationObserver(look)
    function look() {
      if (!document.querySelector(to)) return
      observer.disconnect()
      painted((end) => resolve(end - start))
    }
    observer.observe(document.body, { subtree: true, childList: true, attributes: true })
    document.querySelector(from).click()
  })
  window.laminaKeys = []
  addEventListener('keydown', ({ timeStamp }) => {
    painted((end) => window.laminaKeys.push(end - timeStamp))
  }, true)
})()`

export default async function gui(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { runs: { type: 'string', default: '5' } } })
  const runs = runsOf(values.runs)
  const dir = await tempDir('lamg')
  try {
    const home = join(dir.path, 'home')
    await fill(join(home, 'engine'))
    const goals: Goal[] = []
    for (const driver of DRIVERS) goals.push(...(await measure(driver, home, runs)))
    printGoals('gui', goals, { engine: 'bundled' })
  } finally {
    await dir.remove()
  }
}

/** The images and the tree, in a store that the app then finds. */
async function fill(root: string): Promise<void> {
  const engine = await startEngine({ root })
  const client = new Client(engine.socketPath)
  try {
    const said = [
      await client.text('POST', '/images/load?quiet=1', manyImages(IMAGES)),
      await client.text('POST', `/images/create?fromSrc=-&repo=${TREE}`, millionFiles()),
    ]
    if (said.some((lines) => lines.includes('errorDetail'))) throw new Error(said.join('\n'))
  } finally {
    client.close()
    await engine.stop()
  }
}

/** 1,000 folders of 999 empty files. */
function millionFiles(): Body {
  function* entries(): Generator<LayerSource> {
    const nothing = Buffer.alloc(0)
    for (let at = 0; at < FOLDERS; at++) {
      const parent = `d${String(at).padStart(3, '0')}`
      yield folder(parent)
      for (let number = 0; number < FILES_A_FOLDER; number++) {
        yield file(`${parent}/file-${number}`, nothing)
      }
    }
  }
  return { stream: packTar(entries()), length: FOLDERS * (1 + FILES_A_FOLDER) * 512 + 1024 }
}

async function measure(driver: Driver, home: string, runs: number): Promise<Goal[]> {
  const app = await openApp(driver, { engine: 'bundled', dockerHost: null, home })
  try {
    const { page } = app
    await new Shell(page).readyEngine()
    const images = new ImagesPage(page)
    await images.table.rows.first().waitFor({ timeout: LIST_LIMIT })
    await page.evaluate(CLOCK)
    const wheel: Frames[] = []
    const keys: number[] = []
    for (let run = 0; run < runs; run++) {
      wheel.push(await scrollThrough(page, 'images-table'))
      keys.push(...(await typeIntoFilter(page)))
    }
    const listed = await rendererMemory()
    await page.getByTestId('images-filter').fill('bench/tree')
    const opened: number[] = []
    const expanded: number[] = []
    const inTree: Frames[] = []
    for (let run = 0; run < runs; run++) {
      // The first one reads the index from the disk.
      opened.push(await painted(page, `[data-key="${TREE}"] a`, TREE_ROW))
      // From below, so that the next one stays in view.
      for (let at = 4; at >= 0; at--) expanded.push(await expand(page, `d00${at}`))
      inTree.push(await scrollThrough(page, 'layer-files-tree'))
      if (run === runs - 1) break
      await page.goBack()
      await page.getByTestId('images-filter').fill('bench/tree')
      await images.row(TREE).waitFor()
    }
    const memory = await rendererMemory()
    const name = driver === 'electron' ? 'Electron' : 'Chromium'
    return [
      ...frameGoals(`${name}: 10,000 images, scrolled`, wheel),
      { job: `${name}: 10,000 images, a key in the filter`, unit: 'ms', runs: keys, limit: KEY },
      ...memoryGoals(`${name}: renderer with 10,000 images`, listed),
      { job: `${name}: 1,000,000 files, opened`, unit: 'ms', runs: opened, limit: OPEN },
      { job: `${name}: 1,000,000 files, a folder`, unit: 'ms', runs: expanded, limit: EXPAND },
      ...frameGoals(`${name}: 1,000,000 files, scrolled`, inTree),
      ...memoryGoals(`${name}: renderer with 1,000,000 files`, memory),
    ]
  } finally {
    await app.stop()
  }
}

const TREE_ROW = '[data-testid=layer-files-tree-row][data-path]'

function frameGoals(job: string, all: Frames[]): Goal[] {
  return [
    { job: `${job}, longest frame`, unit: 'ms', runs: all.map((f) => f.longest), limit: FRAME },
    { job: `${job}, the page’s own work`, unit: 'ms', runs: all.map((f) => f.task), limit: FRAME },
  ]
}

function memoryGoals(job: string, { now, peak }: RendererMemory): Goal[] {
  return [
    { job, unit: 'MB', runs: [now], limit: MEMORY },
    { job: `${job}, at most so far`, unit: 'MB', runs: [peak], limit: null },
  ]
}

/** From the top to the end by the wheel, then by jumps to anywhere. */
async function scrollThrough(page: Page, name: string): Promise<Frames> {
  const scroller = page.getByTestId(name)
  await scroller.hover()
  const found = await frames(page, async () => {
    for (let step = 0; step < 60; step++) await page.mouse.wheel(0, 600)
    for (const part of [1, 0.25, 0.75, 0.5, 0.1, 0.9, 0]) {
      await scroller.evaluate((element, to) => {
        element.scrollTop = element.scrollHeight * to
      }, part)
      await page.evaluate('laminaFrame()')
    }
  })
  return found
}

/** Each key of a name that few images have, and of taking it away again. */
async function typeIntoFilter(page: Page): Promise<number[]> {
  const field = page.getByTestId('images-filter')
  await field.click()
  await page.evaluate('laminaKeys.length = 0')
  const text = 'image-777'
  for (const key of text) await page.keyboard.press(key)
  for (let at = 0; at < text.length; at++) await page.keyboard.press('Backspace')
  // The last one is painted at the next frame.
  await page.evaluate('laminaFrame()')
  return page.evaluate('laminaKeys')
}

function expand(page: Page, folderName: string): Promise<number> {
  const row = `[data-testid=layer-files-tree-row][data-path="${folderName}"]`
  return painted(page, row, `[data-path="${folderName}/file-0"]`)
}

function painted(page: Page, click: string, selector: string): Promise<number> {
  return page.evaluate(`laminaOpen(${JSON.stringify(click)}, ${JSON.stringify(selector)})`)
}
