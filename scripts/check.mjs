/**
 * `npm run check`: types, lint with the import rule, format and unit tests: what should pass before
 * every commit. `--static` leaves the tests out; `--counts FILE` also writes counts
 * (lib/counts.mjs).
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { ensureNodeModules, checkNode } from './lib/npm.mjs'
import { runHere, runMain, say } from './lib/run.mjs'

const STATIC = [
  ['types', 'npm', ['run', '--silent', 'types']],
  ['lint', 'npm', ['run', '--silent', 'lint']],
  ['format', 'npm', ['run', '--silent', 'format:check']],
]
const VITEST = [
  'node_modules/vitest/vitest.mjs',
  'run',
  '--project',
  'unit',
  '--project',
  'renderer',
]
const TESTS = [['unit tests', process.execPath, VITEST]]

async function check() {
  const { values } = parseArgs({
    options: { static: { type: 'boolean' }, counts: { type: 'string' } },
  })
  checkNode()
  await ensureNodeModules()
  const results = []
  for (const [name, command, args] of values.static ? STATIC : [...STATIC, ...TESTS]) {
    say(`\n== ${name} ==`)
    results.push({ name, ok: (await runHere(command, args)) === 0 })
  }
  say('')
  for (const { name, ok } of results) say(`${ok ? 'passed' : 'FAILED'}  ${name}`)
  const failures = results.filter((r) => !r.ok).map((r) => r.name)
  const counts = {
    passed: results.length - failures.length,
    failed: failures.length,
    failures,
  }
  if (values.counts) writeFileSync(values.counts, `${JSON.stringify(counts)}\n`)
  return failures.length === 0 ? 0 : 1
}

await runMain(check)
