/**
 * `npm run bench -- startup [--runs N]`: the time from launch to a usable list of images, on the
 * bundled engine, in Electron and in the browser mode. The browser mode is started by the script of
 * `npm start -- --browser` with nothing left to set up, and shown by a Chromium that runs already;
 * Electron by the binary that the script would start. Each run is a new process. The first start,
 * with an empty home in which the sample image is made, is a row of its own.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Page } from 'playwright-core'
import { launchChromium, startBrowserServer } from '../test/support/chromium'
import { electronBinary, launchElectron } from '../test/support/electron'
import { tempDir } from '../test/support/temp'
import { startDisplay } from '../test/support/xvfb'
import { printReport, type Series } from './lib/report'

const LIMIT = 60_000

export default async function startup(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { runs: { type: 'string', default: '7' } } })
  const runs = Number(values.runs)
  if (!Number.isInteger(runs) || runs < 1) throw new Error('--runs: a whole number from 1 on')
  const electron = await measureElectron(runs)
  const browser = await measureBrowser(runs)
  printReport('startup', [...electron.series, ...browser.series], {
    ...{ electron: electron.version, chromium: browser.version, engine: 'bundled' },
  })
}

/** The first row of the list of images can be seen, and answers to the mouse. */
async function usable(page: Page): Promise<void> {
  await page.getByTestId('images-row').first().click({ trial: true, timeout: LIMIT })
}

async function measureElectron(runs: number): Promise<{ series: Series[]; version: string }> {
  const { source } = await electronBinary()
  const home = await tempDir('lamb')
  const display = await startDisplay()
  const args = [`--home=${join(home.path, 'home')}`, '--engine=bundled']
  const first: number[] = []
  const opened: number[] = []
  const ready: number[] = []
  let version = ''
  for (let run = 0; run <= runs; run++) {
    const start = performance.now()
    const { app, page, stop } = await launchElectron({ env: display.env, args })
    const windowAt = performance.now() - start
    await usable(page)
    const readyAt = performance.now() - start
    version = `${await app.evaluate(() => process.versions.electron)} (${source})`
    await stop()
    if (run === 0) first.push(readyAt)
    else {
      opened.push(windowAt)
      ready.push(readyAt)
    }
  }
  await display.stop()
  await home.remove()
  const series = [
    { name: 'Electron, first start: list usable', runs: first },
    { name: 'Electron: window', runs: opened },
    { name: 'Electron: list usable', runs: ready },
  ]
  return { series, version }
}

async function measureBrowser(runs: number): Promise<{ series: Series[]; version: string }> {
  const home = await tempDir('lamb')
  const args = [`--home=${join(home.path, 'home')}`, '--engine=bundled']
  const chromium = await launchChromium()
  const first: number[] = []
  const printed: number[] = []
  const ready: number[] = []
  for (let run = 0; run <= runs; run++) {
    const start = performance.now()
    const server = await startBrowserServer({ env: {}, args, command: true })
    const printedAt = performance.now() - start
    const context = await chromium.browser.newContext()
    const page = await context.newPage()
    await page.goto(server.url)
    await usable(page)
    const readyAt = performance.now() - start
    await context.close()
    await server.stop()
    if (run === 0) first.push(readyAt)
    else {
      printed.push(printedAt)
      ready.push(readyAt)
    }
  }
  const version = chromium.browser.version()
  await chromium.stop()
  await home.remove()
  const series = [
    { name: 'browser mode, first start: list usable', runs: first },
    { name: 'browser mode: address printed', runs: printed },
    { name: 'browser mode: list usable', runs: ready },
  ]
  return { series, version }
}
