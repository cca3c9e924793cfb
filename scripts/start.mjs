/**
 * `npm start`: sets up what is missing and opens Lamina, in a window where there is a display, else
 * in a browser at a printed address.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { hasDisplay } from './lib/display.mjs'
import { findElectron } from './lib/electron.mjs'
import { PROJECT } from './lib/paths.mjs'
import { runHere, runMain, say, SetupError } from './lib/run.mjs'
import { ensureApp, ensureWindowLibraries, sandboxArgs } from './lib/setup.mjs'

const HELP = `npm start -- [options]
  --browser                 serve the UI to a browser even where a window could open
  --port N                  the port for the browser (default: a free one)
  --engine bundled|docker   which engine to use (default: Docker where it runs)
  --home DIR                where Lamina keeps what it keeps (also LAMINA_HOME)
  --help`

function readOptions() {
  const options = {
    browser: { type: 'boolean' },
    port: { type: 'string' },
    engine: { type: 'string' },
    home: { type: 'string' },
    help: { type: 'boolean' },
  }
  let values
  try {
    values = parseArgs({ options, strict: true, allowPositionals: false }).values
  } catch (cause) {
    throw new SetupError(`${cause.message}\n${HELP}`)
  }
  if (values.port !== undefined && !(/^\d+$/.test(values.port) && Number(values.port) <= 65_535)) {
    throw new SetupError(`--port: not a port: ${values.port}`)
  }
  if (values.engine !== undefined && !['bundled', 'docker'].includes(values.engine)) {
    throw new SetupError(`--engine: bundled or docker, not ${values.engine}`)
  }
  return values
}

/** The options that the app itself reads, as `--name=value`. */
function appArgs(values) {
  return ['engine', 'home', 'port'].flatMap((name) =>
    values[name] === undefined ? [] : [`--${name}=${values[name]}`],
  )
}

async function start() {
  const values = readOptions()
  if (values.help) {
    process.stdout.write(`${HELP}\n`)
    return 0
  }
  await ensureApp()
  const args = appArgs(values)
  const electron = values.browser || values.port !== undefined ? null : await electronForWindow()
  if (electron) {
    return runHere(electron.path, [...sandboxArgs(), PROJECT, ...args], {
      env: { LAMINA_ELECTRON_SOURCE: electron.source },
    })
  }
  return runHere(process.execPath, [join(PROJECT, 'out/main/browser.cjs'), ...args])
}

/** The binary to open a window with, or null (after saying why) when only a browser is left. */
async function electronForWindow() {
  if (!hasDisplay()) {
    say('There is no display (DISPLAY, WAYLAND_DISPLAY): Lamina opens in a browser instead.')
    return null
  }
  const electron = await findElectron()
  if (!electron) {
    say('There is no Electron for this machine: Lamina opens in a browser instead.')
    return null
  }
  if (await ensureWindowLibraries(electron.path)) return electron
  say('Until then Lamina opens in a browser.')
  return null
}

await runMain(start)
