import { existsSync, readFileSync } from 'node:fs'

/**
 * What one run of vitest came to. In CI a skipped test is a failed one. A file that cannot be
 * loaded, and a run that ends badly with no failed test, count as one failure each.
 *
 * @typedef {{passed: number, failed: number, failures: string[], retried?: string[]}} Counts
 *   `failures` has a text for each that failed: its file, its name, the first lines of what it
 *   said; `retried` the same of the first try of files that were run twice
 *
 * @param {string} report path of the file that vitest's json reporter wrote
 * @param {number} exitCode vitest's own
 * @param {boolean} strict whether skipped tests count as failed
 * @param {string[]} without paths of files that are left out
 * @returns {Counts}
 */
export function readCounts(report, exitCode, strict, without = []) {
  if (!existsSync(report)) return { passed: 0, failed: 1, failures: [`no report: ${report}`] }
  const counts = { passed: 0, failed: 0, failures: [] }
  for (const file of filesOf(report)) {
    if (!without.includes(file.name)) addFile(counts, file, strict)
  }
  if (exitCode !== 0 && counts.failed === 0) {
    counts.failed = 1
    counts.failures.push(`the run ended with ${exitCode} and no failed test`)
  }
  return counts
}

/** The paths of the files in which something failed. */
export function failedFiles(report) {
  if (!existsSync(report)) return []
  return filesOf(report)
    .filter((file) => file.status === 'failed')
    .map((file) => file.name)
}

export function addCounts(a, b) {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    failures: [...(a.failures ?? []), ...(b.failures ?? [])],
    retried: [...(a.retried ?? []), ...(b.retried ?? [])],
  }
}

function filesOf(report) {
  return JSON.parse(readFileSync(report, 'utf8')).testResults
}

function addFile(counts, file, strict) {
  const failedBefore = counts.failed
  for (const test of file.assertionResults) {
    if (test.status === 'passed') counts.passed += 1
    else if (test.status === 'failed' || strict) {
      counts.failed += 1
      const said = test.failureMessages?.[0] ?? test.status
      counts.failures.push(`${file.name} > ${test.fullName}\n${firstLines(said)}`)
    }
  }
  if (file.status === 'failed' && counts.failed === failedBefore) {
    counts.failed += 1
    counts.failures.push(`${file.name}\n${firstLines(file.message ?? 'cannot be loaded')}`)
  }
}

function firstLines(text) {
  return text.split('\n').slice(0, 12).join('\n')
}
