/**
 * `npm run engine -- --root DIR --host unix://PATH`: the bundled engine alone, without the app. It
 * builds first when the build is missing or older than the sources.
 */
import { join } from 'node:path'
import { PROJECT } from './lib/paths.mjs'
import { runHere, runMain } from './lib/run.mjs'
import { ensureApp } from './lib/setup.mjs'

async function engine() {
  await ensureApp()
  return runHere(process.execPath, [join(PROJECT, 'out/main/engine.cjs'), ...process.argv.slice(2)])
}

await runMain(engine)
