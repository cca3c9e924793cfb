/**
 * `npm run bench -- responsiveness [--runs N]`: the longest frame of the interface while the bundled
 * engine loads W3, beside the longest of an idle window with the same dialog open and just as long, in
 * Electron (under Xvfb) and in Chromium. Frames are counted by requestAnimationFrame: a frame is late
 * when the page was busy (what it did itself is a row of its own) or the machine. In the browser the archive is uploaded first: a row of its own.
 * Each run is a new process with an empty home.
 */
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { DRIVERS, openApp, type Driver } from '../test/e2e/app'
import { Shell } from '../test/e2e/pages/shell'
import { tempDir } from '../test/support/temp'
import { frames, type Frames } from './lib/frames'
import { printReport, type Series } from './lib/report'
import { runsOf } from './lib/turns'
import { archive, w3, warm } from './lib/workloads'

/** Loading, with a machine that does something else too. */
const LIMIT = 300_000

interface Measured {
  idle: Frames
  loading: Frames
  uploading: Frames | null
  took: number
}

export default async function responsiveness(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { runs: { type: 'string', default: '3' } } })
  const runs = runsOf(values.runs)
  const dir = await tempDir('lamw')
  try {
    const path = join(dir.path, 'w3.tar')
    await pipeline((await archive(await w3(), 'none')).stream, createWriteStream(path))
    printReport('responsiveness', await measureAll(path, runs), { engine: 'bundled' })
  } finally {
    await dir.remove()
  }
}

async function measureAll(path: string, runs: number): Promise<Series[]> {
  const series: Series[] = []
  for (const driver of DRIVERS) {
    const measured: Measured[] = []
    for (let run = 0; run < runs; run++) {
      await warm([path])
      measured.push(await measure(driver, path))
    }
    const name = driver === 'electron' ? 'Electron' : 'Chromium'
    const row = (what: string, of: (one: Measured) => number | null): void => {
      const found = measured.map(of).filter((value) => value !== null)
      if (found.length > 0) series.push({ name: `${name}: ${what}`, runs: found })
    }
    row('longest frame, idle', ({ idle }) => idle.longest)
    row('longest frame, W3 is uploaded', ({ uploading }) => uploading?.longest ?? null)
    row('longest frame, W3 is loaded', ({ loading }) => loading.longest)
    row('of it the page’s own work', ({ loading }) => loading.task)
    row('the load took', ({ took }) => took)
  }
  return series
}

async function measure(driver: Driver, path: string): Promise<Measured> {
  const app = await openApp(driver, { engine: 'bundled', dockerHost: null })
  try {
    const { page } = app
    await new Shell(page).readyEngine()
    await page.getByTestId('images-row').first().waitFor()
    await page.getByTestId('images-load').click()
    const choose = () => page.getByTestId('dialog-load-file').click()
    const chosen = page.getByTestId('dialog-load-file-name')
    let uploading: Frames | null = null
    const pick = async (): Promise<void> => {
      await app.chooseFiles([path], choose)
      await chosen.waitFor({ timeout: LIMIT })
    }
    if (driver === 'browser') uploading = await frames(page, pick)
    else await pick()
    await page.waitForTimeout(1000)
    const started = performance.now()
    let took = 0
    const loading = await frames(page, async () => {
      await page.getByTestId('dialog-load-submit').click()
      await page.getByTestId('dialog-load-done').waitFor({ timeout: LIMIT })
      took = performance.now() - started
    })
    await page.waitForTimeout(1000)
    const idle = await frames(page, () => page.waitForTimeout(took))
    return { idle, loading, uploading, took }
  } finally {
    await app.stop()
  }
}
