import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addCounts, failedFiles, readCounts } from '../../scripts/lib/counts.mjs'
import { PROJECT } from '../support/project'
import { run } from '../support/run'
import { tempDir, type TempDir } from '../support/temp'

let dir: TempDir
beforeAll(async () => {
  dir = await tempDir('counts')
})
afterAll(() => dir.remove())

/** A report in the shape of vitest's json reporter: a list of files, each with its tests' states. */
async function report(...files: { status: string; tests: string[] }[]): Promise<string> {
  const path = join(dir.path, 'report.json')
  const testResults = files.map(({ status, tests }, at) => ({
    name: `file-${at}`,
    status,
    assertionResults: tests.map((state) => ({
      status: state,
      fullName: `is ${state}`,
      failureMessages: state === 'failed' ? ['Error: no\n    at somewhere'] : [],
    })),
  }))
  await writeFile(path, JSON.stringify({ testResults }))
  return path
}

describe('counts of a test run', () => {
  it('adds up the tests of all files', async () => {
    const path = await report(
      { status: 'passed', tests: ['passed', 'passed'] },
      { status: 'failed', tests: ['passed', 'failed'] },
    )
    expect(readCounts(path, 1, false)).toEqual({
      passed: 3,
      failed: 1,
      failures: ['file-1 > is failed\nError: no\n    at somewhere'],
    })
  })

  it('leaves out files that were run again, and keeps what they said at first', async () => {
    const path = await report(
      { status: 'passed', tests: ['passed', 'passed'] },
      { status: 'failed', tests: ['passed', 'failed'] },
    )
    const again = failedFiles(path)
    expect(again).toEqual(['file-1'])
    const rest = readCounts(path, 0, true, again)
    expect(rest).toEqual({ passed: 2, failed: 0, failures: [] })
    const second = { passed: 2, failed: 0, failures: [] }
    expect(addCounts({ ...rest, retried: ['file-1 > is failed'] }, second)).toEqual({
      passed: 4,
      failed: 0,
      failures: [],
      retried: ['file-1 > is failed'],
    })
  })

  it('counts a skipped test as failed in CI only', async () => {
    const path = await report({ status: 'passed', tests: ['passed', 'skipped', 'pending', 'todo'] })
    expect(readCounts(path, 0, false)).toMatchObject({ passed: 1, failed: 0 })
    expect(readCounts(path, 0, true)).toMatchObject({ passed: 1, failed: 3 })
  })

  it('counts a file that does not load, a bad end and a missing report', async () => {
    const broken = await report({ status: 'failed', tests: [] })
    expect(readCounts(broken, 1, false)).toMatchObject({ passed: 0, failed: 1 })
    const badEnd = await report({ status: 'passed', tests: ['passed'] })
    expect(readCounts(badEnd, 1, false)).toMatchObject({ passed: 1, failed: 1 })
    expect(readCounts(join(dir.path, 'none'), 0, false)).toMatchObject({ passed: 0, failed: 1 })
  })

  it('sums the runners of CI into the last line', async () => {
    const write = async (name: string, passed: number, failed: number): Promise<string> => {
      const path = join(dir.path, name)
      const failures = failed > 0 ? ['lint'] : []
      await writeFile(path, JSON.stringify({ passed, failed, failures }))
      return path
    }
    const sum = (...files: string[]): ReturnType<typeof run> =>
      run(process.execPath, [join(PROJECT, 'scripts/sum-counts.mjs'), ...files])
    const tests = await write('tests.json', 40, 0)
    const good = await sum(tests, await write('good.json', 3, 0))
    expect(good).toMatchObject({ stdout: '43 passed, 0 failed\n', code: 0 })
    const bad = await sum(tests, await write('bad.json', 2, 1))
    expect(bad).toMatchObject({ stdout: 'failed: lint\n\n42 passed, 1 failed\n', code: 1 })
    const missing = await sum(tests, join(dir.path, 'none'))
    expect(missing).toMatchObject({ code: 1 })
    expect(missing.stdout).toMatch(/^failed: the run broke off.*\n\n40 passed, 1 failed\n$/)
  })
})
