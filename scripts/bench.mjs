/**
 * `npm run bench -- ROW [arguments]`: runs bench/ROW.ts, which measures one thing and prints a
 * table for people and a line of JSON. Without ROW it lists the rows.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { PROJECT } from './lib/paths.mjs'
import { runMain, SetupError } from './lib/run.mjs'
import { ensureApp, ensureTestSystem } from './lib/setup.mjs'

const BENCH = join(PROJECT, 'bench')

async function bench() {
  const [row, ...args] = process.argv.slice(2)
  const rows = readdirSync(BENCH)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => name.slice(0, -'.ts'.length))
  if (row === undefined || !existsSync(join(BENCH, `${row}.ts`))) {
    throw new SetupError(`npm run bench -- ROW, where ROW is one of: ${rows.join(', ')}`)
  }
  await ensureApp()
  await ensureTestSystem()
  // Found only once node_modules is there. Vite reads TypeScript, which Node 20 does not.
  const { runnerImport } = await import('vite')
  const { module } = await runnerImport(join(BENCH, `${row}.ts`), {
    configFile: false,
    root: PROJECT,
    resolve: { alias: { '@shared': join(PROJECT, 'src/shared') } },
  })
  await module.default(args)
}

await runMain(bench)
