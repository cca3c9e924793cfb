import { execFileSync } from 'node:child_process'
import { cpus, loadavg, totalmem } from 'node:os'

export interface Series {
  name: string
  /** Milliseconds of each run, in order. */
  runs: number[]
}

/** One job done by both sides, in turns. */
export interface Comparison {
  job: string
  unit: 'ms' | 'MB'
  /** Each run of ours. */
  ours: number[]
  /** Each run of the other side. */
  peer: Series
  /** The largest ratio of the medians, ours over the peer's, that is wanted; null: only told. */
  goal: number | null
  /** The most that ours may be, whatever the peer's is. */
  limit?: number
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2
}

/** Prints a table (median, fastest, slowest in ms) and the same as one line of JSON. */
export function printReport(
  row: string,
  series: readonly Series[],
  versions: Record<string, string>,
): void {
  const ms = (value: number): string => value.toFixed(0).padStart(8)
  const width = Math.max(...series.map((s) => s.name.length))
  const lines = series.map(
    ({ name, runs }) =>
      `${name.padEnd(width)}${ms(median(runs))}${ms(Math.min(...runs))}${ms(Math.max(...runs))}` +
      `${String(runs.length).padStart(6)}`,
  )
  process.stdout.write(`${''.padEnd(width)}  median     min     max  runs  (ms)\n`)
  process.stdout.write(`${lines.join('\n')}\n`)
  const rows = series.map((s) => ({ ...s, median: median(s.runs) }))
  printEnd({ bench: row, series: rows }, versions)
}

/** Prints both sides (median, min to max), their ratio and its goal, and the same as JSON. */
export function printComparisons(
  row: string,
  comparisons: readonly Comparison[],
  versions: Record<string, string>,
): void {
  const table = comparisons.map(({ job, unit, ours, peer, goal, limit }) => {
    const ratio = median(ours) / median(peer.runs)
    const wanted = goal ?? limit
    const met = goal === null ? Math.max(...ours) <= (limit ?? Infinity) : ratio <= goal
    return [
      job,
      `Lamina ${spread(ours)} ${unit}`,
      `${peer.name} ${spread(peer.runs)} ${unit}`,
      ratio.toFixed(3),
      wanted === undefined ? '' : `at most ${wanted}${goal === null ? ` ${unit}` : ''}`,
      wanted === undefined ? '' : met ? 'met' : 'MISSED',
    ]
  })
  const widths = table[0]?.map((_, at) => Math.max(...table.map((cells) => cells[at]?.length ?? 0)))
  for (const cells of table) {
    const line = cells.map((cell, at) => cell.padEnd(widths?.[at] ?? 0)).join('  ')
    process.stdout.write(`${line.trimEnd()}\n`)
  }
  const rows = comparisons.map(({ ours, peer, ...row }) => ({
    ...row,
    ours: summary(ours),
    peer: { name: peer.name, ...summary(peer.runs) },
    ratio: median(ours) / median(peer.runs),
  }))
  printEnd({ bench: row, rows }, versions)
}

/** Something that has no peer, only a goal. */
export interface Goal {
  job: string
  unit: 'ms' | 'MB'
  runs: number[]
  /** The most that the slowest run may take; null: only told. */
  limit: number | null
}

/** Prints each job (median, min to max) with its goal, and the same as one line of JSON. */
export function printGoals(
  row: string,
  goals: readonly Goal[],
  versions: Record<string, string>,
): void {
  const width = Math.max(...goals.map(({ job }) => job.length))
  for (const { job, unit, runs, limit } of goals) {
    const wanted = limit === null ? '' : `at most ${limit} ${unit}`
    const met = limit === null ? '' : Math.max(...runs) <= limit ? 'met' : 'MISSED'
    const line = `${job.padEnd(width)}  ${`${spread(runs)} ${unit}`.padEnd(26)}  ${wanted}  ${met}`
    process.stdout.write(`${line.trimEnd()}\n`)
  }
  const rows = goals.map(({ runs, ...goal }) => ({ ...goal, ...summary(runs) }))
  printEnd({ bench: row, rows }, versions)
}

/** "median (min to max)" with as many digits as mean something. */
function spread(runs: readonly number[]): string {
  const shown = (value: number): string => value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)
  return `${shown(median(runs))} (${shown(Math.min(...runs))} to ${shown(Math.max(...runs))})`
}

function summary(runs: readonly number[]) {
  return { median: median(runs), min: Math.min(...runs), max: Math.max(...runs), runs }
}

function printEnd(result: object, given: Record<string, string>): void {
  const load = loadavg().map((value) => value.toFixed(1))
  const versions: Record<string, string> = {
    ...given,
    node: process.version,
    commit: commit(),
    machine: `${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    load: load.join(' '),
  }
  const line = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  process.stdout.write(`${line.join(', ')}\n`)
  process.stdout.write(`${JSON.stringify({ ...result, versions, date: new Date() })}\n`)
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
  } catch {
    return 'unknown'
  }
}
