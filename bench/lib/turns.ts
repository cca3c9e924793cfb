/** Runs of two sides in turns, so that whatever else the machine does meets both. */

export interface Turns {
  ours: number[]
  peer: number[]
}

/** Each side's work answers what it measured; every second turn begins with the other side. */
export async function inTurns(
  runs: number,
  ours: (run: number) => Promise<number>,
  peer: (run: number) => Promise<number>,
): Promise<Turns> {
  const turns: Turns = { ours: [], peer: [] }
  for (let run = 0; run < runs; run++) {
    if (run % 2 === 0) turns.ours.push(await ours(run))
    turns.peer.push(await peer(run))
    if (run % 2 === 1) turns.ours.push(await ours(run))
  }
  return turns
}

/** Milliseconds that the work takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

/** The `--runs` of a bench. */
export function runsOf(value: string | undefined): number {
  const runs = Number(value)
  if (!Number.isInteger(runs) || runs < 1) throw new Error('--runs: a whole number from 1 on')
  return runs
}
