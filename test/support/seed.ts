/**
 * Long random tests: CI=true takes all of their runs, otherwise a tenth. Each run has a seed of its
 * own, which is printed; `LAMINA_SEED=N` repeats one.
 */

/** @param name of the test, for the line that tells the seed */
export function seedOf(name: string): number {
  const seed = Number(process.env.LAMINA_SEED ?? Date.now() % 1e6)
  console.log(`${name}: seed ${seed}`)
  return seed
}

/** How many of `all` runs are made. */
export function runsOf(all: number): number {
  return process.env.CI === 'true' ? all : Math.ceil(all / 10)
}
