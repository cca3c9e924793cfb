/**
 * `npm run registry -- --root DIR --addr HOST:PORT …`: the bundled registry alone, without the app
 * (docs/registry.md). It builds first when the build is missing or older than the sources.
 */
import { join } from 'node:path'
import { PROJECT } from './lib/paths.mjs'
import { runHere, runMain } from './lib/run.mjs'
import { ensureApp } from './lib/setup.mjs'

async function registry() {
  await ensureApp()
  const entry = join(PROJECT, 'out/main/registry.cjs')
  return runHere(process.execPath, [entry, ...process.argv.slice(2)])
}

await runMain(registry)
