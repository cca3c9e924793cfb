/**
 * Adds up files of counts (lib/counts.mjs), repeats what failed, and prints `N passed, N failed`,
 * the last line of .ci/run. A missing file is a run that broke off: one failure.
 */
import { existsSync, readFileSync } from 'node:fs'
import { addCounts } from './lib/counts.mjs'

const total = process.argv
  .slice(2)
  .map((file) =>
    existsSync(file)
      ? JSON.parse(readFileSync(file, 'utf8'))
      : { passed: 0, failed: 1, failures: [`the run broke off: no ${file}`] },
  )
  .reduce(addCounts, { passed: 0, failed: 0 })
for (const text of total.retried) process.stdout.write(`failed at the first try: ${text}\n\n`)
for (const failure of total.failures) process.stdout.write(`failed: ${failure}\n\n`)
process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`)
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1
