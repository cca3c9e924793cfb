/**
 * `npm test`: sets up what is missing and runs all tests. Its last line is `N passed, N failed`.
 * `npm test -- unit real` runs only these projects of vitest.config.ts.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemPath } from './lib/apt.mjs'
import { addCounts, readCounts } from './lib/counts.mjs'
import { findElectron } from './lib/electron.mjs'
import { CLONE_CACHE, PROJECT } from './lib/paths.mjs'
import { runHere, runMain, say, SetupError } from './lib/run.mjs'
import { ensureApp, ensureTestSystem } from './lib/setup.mjs'

/** Each row is one run of vitest; rows run one after another, since `real` and `e2e` are heavy. */
const RUNS = [['unit', 'renderer'], ['real'], ['e2e']]

async function test() {
  const chosen = process.argv.slice(2)
  const known = RUNS.flat()
  const unknown = chosen.filter((name) => !known.includes(name))
  if (unknown.length > 0) {
    throw new SetupError(`no such tests: ${unknown.join(', ')} (there are ${known.join(', ')})`)
  }
  await ensureApp()
  if (!(await ensureTestSystem())) {
    say('Tests that need what is missing will fail.')
  }
  await findElectron()
  const runs = RUNS.map((run) => run.filter((name) => !chosen.length || chosen.includes(name)))
  let total = { passed: 0, failed: 0 }
  for (const projects of runs.filter((run) => run.length > 0)) {
    total = addCounts(total, await runVitest(projects))
  }
  mkdirSync(CLONE_CACHE, { recursive: true })
  writeFileSync(join(CLONE_CACHE, 'test-counts.json'), `${JSON.stringify(total)}\n`)
  process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`)
  return total.failed === 0 ? 0 : 1
}

async function runVitest(projects) {
  const report = join(CLONE_CACHE, `vitest-${projects.join('-')}.json`)
  rmSync(report, { force: true })
  const vitest = join(PROJECT, 'node_modules/vitest/vitest.mjs')
  const args = [
    vitest,
    'run',
    ...projects.flatMap((name) => ['--project', name]),
    ...['--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
    '--passWithNoTests=false',
  ]
  say(`\n== ${projects.join(', ')} ==`)
  const code = await runHere(process.execPath, args, { env: { PATH: systemPath() } })
  const counts = readCounts(report, code, Boolean(process.env.CI))
  say(`${projects.join(', ')}: ${counts.passed} passed, ${counts.failed} failed`)
  return counts
}

await runMain(test)
