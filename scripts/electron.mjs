/** Prints, as JSON, which Electron binary would open the window ({path, source}, or null). */
import { findElectron } from './lib/electron.mjs'
import { ensureNodeModules } from './lib/npm.mjs'
import { runMain } from './lib/run.mjs'

await runMain(async () => {
  await ensureNodeModules()
  process.stdout.write(`${JSON.stringify(await findElectron())}\n`)
})
