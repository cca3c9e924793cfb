export interface Counts {
  passed: number
  failed: number
  failures: string[]
  retried?: string[]
}
export function readCounts(
  report: string,
  exitCode: number,
  strict: boolean,
  without?: string[],
): Counts
export function failedFiles(report: string): string[]
export function addCounts(a: Partial<Counts>, b: Partial<Counts>): Counts
