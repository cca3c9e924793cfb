/**
 * `npm test`: sets up what is missing and runs all tests. Its last line is `N passed, N failed`.
 * `npm test -- unit real` runs only these projects of vitest.config.ts.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemPath } from './lib/apt.mjs'
import { addCounts, failedFiles, readCounts } from './lib/counts.mjs'
import { findElectron } from './lib/electron.mjs'
import { CLONE_CACHE, PROJECT } from './lib/paths.mjs'
import { runHere, runMain, say, SetupError } from './lib/run.mjs'
import { ensureApp, ensureTestSystem } from './lib/setup.mjs'

/** Each row is one run of vitest; rows run one after another, since `real` and `e2e` are heavy. */
const RUNS = [['unit', 'renderer'], ['real'], ['e2e']]

/**
 * Real daemons, browsers and two busy cores fail by chance now and then: where only so many files
 * fail, each is run once more, from its start and alone, and what failed at first is told at the end.
 */
const SECOND_TRY_AT_MOST = 6

const STRICT = Boolean(process.env.CI)

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
    const counts = await runProjects(projects)
    say(`${projects.join(', ')}: ${counts.passed} passed, ${counts.failed} failed`)
    total = addCounts(total, counts)
  }
  mkdirSync(CLONE_CACHE, { recursive: true })
  writeFileSync(join(CLONE_CACHE, 'test-counts.json'), `${JSON.stringify(total)}\n`)
  for (const text of total.retried) say(`failed at the first try: ${text}\n`)
  for (const text of total.failures) say(`failed: ${text}\n`)
  process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`)
  return total.failed === 0 ? 0 : 1
}

async function runProjects(projects) {
  const name = projects.join('-')
  const first = await runVitest(projects, name)
  const again = failedFiles(first.report)
  if (again.length === 0 || again.length > SECOND_TRY_AT_MOST) return first.counts
  const second = await runVitest(projects, `${name}-again`, again)
  const rest = readCounts(first.report, 0, STRICT, again)
  return addCounts({ ...rest, retried: first.counts.failures }, second.counts)
}

/** One run of vitest, of all files of the projects or of some; its report is `vitest-NAME.json`. */
async function runVitest(projects, name, files = []) {
  const report = join(CLONE_CACHE, `vitest-${name}.json`)
  rmSync(report, { force: true })
  const vitest = join(PROJECT, 'node_modules/vitest/vitest.mjs')
  const args = [
    vitest,
    'run',
    ...files,
    ...projects.flatMap((project) => ['--project', project]),
    ...['--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
    '--passWithNoTests=false',
  ]
  say(`\n== ${name} ==`)
  const code = await runHere(process.execPath, args, { env: { PATH: systemPath() } })
  return { report, counts: readCounts(report, code, STRICT) }
}

await runMain(test)
