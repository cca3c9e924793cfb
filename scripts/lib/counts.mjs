import { existsSync, readFileSync } from 'node:fs'

/**
 * Counts of one vitest run, from its JSON report. In CI a skipped test is a failed one. A file that
 * cannot be loaded, and a run that ends badly with no failed test, count as one failure each.
 *
 * @param {string} report path of the file that vitest's json reporter wrote
 * @param {number} exitCode vitest's own
 * @param {boolean} strict whether skipped tests count as failed
 * @returns {{passed: number, failed: number}}
 */
export function readCounts(report, exitCode, strict) {
  if (!existsSync(report)) return { passed: 0, failed: 1 }
  const { testResults } = JSON.parse(readFileSync(report, 'utf8'))
  const counts = { passed: 0, failed: 0 }
  for (const file of testResults) {
    const states = file.assertionResults.map((test) => test.status)
    const failed = states.filter((s) => s === 'failed').length
    counts.passed += states.filter((s) => s === 'passed').length
    counts.failed += failed
    if (strict) counts.failed += states.filter((s) => s !== 'passed' && s !== 'failed').length
    if (file.status === 'failed' && failed === 0) counts.failed += 1
  }
  if (exitCode !== 0 && counts.failed === 0) counts.failed = 1
  return counts
}

export function addCounts(a, b) {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed }
}
