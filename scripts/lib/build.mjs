import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PROJECT } from './paths.mjs'
import { runHere, say, SetupError } from './run.mjs'

const SOURCES = ['src', 'resources', 'electron.vite.config.ts', 'package-lock.json']
const RESULTS = [
  'out/main/index.cjs',
  'out/main/browser.cjs',
  'out/main/engine.cjs',
  'out/main/registry.cjs',
  'out/preload/index.cjs',
  'out/renderer/index.html',
]
/** Its time of change is when the sources of the build in out/ were read. */
const STAMP = join(PROJECT, 'out/.built')

/** Builds when a result is missing or a source is newer than the last build. */
export async function ensureBuilt() {
  if (isFresh()) return
  say('Building (electron-vite build)…')
  const started = new Date()
  const vite = join(PROJECT, 'node_modules/electron-vite/bin/electron-vite.js')
  const code = await runHere(process.execPath, [vite, 'build', '--logLevel', 'error'], {
    stdout: 'stderr',
  })
  if (code !== 0) throw new SetupError(`the build failed (exit ${code})`)
  mkdirSync(join(PROJECT, 'out'), { recursive: true })
  writeFileSync(STAMP, `${started.toISOString()}\n`)
  const { utimes } = await import('node:fs/promises')
  await utimes(STAMP, started, started)
}

function isFresh() {
  const built = mtime(STAMP)
  if (built === 0 || RESULTS.some((file) => mtime(join(PROJECT, file)) === 0)) return false
  return SOURCES.every((source) => newest(join(PROJECT, source)) <= built)
}

function mtime(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

/** The latest change in a file or anywhere in a folder (a removed file changes its folder). */
function newest(path) {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (!stat?.isDirectory()) return stat?.mtimeMs ?? 0
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))))
}
