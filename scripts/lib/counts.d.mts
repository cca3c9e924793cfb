export interface Counts {
  passed: number
  failed: number
}

export function readCounts(report: string, exitCode: number, strict: boolean): Counts
export function addCounts(a: Counts, b: Counts): Counts
