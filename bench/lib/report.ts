import { execFileSync } from 'node:child_process'
import { cpus, totalmem } from 'node:os'

export interface Series {
  name: string
  /** Milliseconds of each run, in order. */
  runs: number[]
}

export function median(values: readonly number[]): number {
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
  const machine = `${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`
  const all = { ...versions, node: process.version, commit: commit(), machine }
  process.stdout.write(`${''.padEnd(width)}  median     min     max  runs  (ms)\n`)
  process.stdout.write(`${lines.join('\n')}\n`)
  process.stdout.write(
    `${Object.entries(all)
      .map(([k, v]) => `${k} ${v}`)
      .join(', ')}\n`,
  )
  const rows = series.map((s) => ({ ...s, median: median(s.runs) }))
  process.stdout.write(`${JSON.stringify({ bench: row, series: rows, versions: all })}\n`)
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
  } catch {
    return 'unknown'
  }
}
