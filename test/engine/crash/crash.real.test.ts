/**
 * kill -9 inside an operation of a real engine process: at a random moment between its first trace on
 * the disk and its answer. After each restart the store is whole and has all that was acknowledged.
 * 200 kills in CI.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runsOf, seedOf } from '../../support/seed'
import { operations, type Operation } from './operations'
import { World } from './world'

const seed = seedOf('kills inside operations')
/** Tries for one kill: an operation that ends before the blow does not count. */
const MAX_TRIES = 60

let world: World
const counts: string[] = []
beforeAll(async () => {
  world = await World.start(seed)
})
afterAll(async () => {
  console.log(`kills inside ${counts.join(', ')} (seed ${seed})`)
  await world.stop()
})

/** How long an operation goes on after it has begun, ms: learned from those that ended early. */
const lengths = new Map<string, number>()

/** Whether the blow fell inside the operation: it had begun, and was never answered. */
async function strike(operation: Operation): Promise<boolean> {
  const { change, done, hasBegun } = await operation.start(world)
  let ended = false
  const outcome = done
    .then((acknowledged) => ({ acknowledged, error: null }))
    .catch((error: unknown) => ({ acknowledged: null, error }))
    .finally(() => (ended = true))
  while (!ended && !(await hasBegun())) await pause(1)
  const length = lengths.get(operation.name) ?? 150
  if (!ended) await pause(world.random.next() * length)
  if (ended) {
    const { acknowledged, error } = await outcome
    if (!acknowledged) throw error
    world.acknowledge(acknowledged)
    lengths.set(operation.name, Math.max(2, length * 0.7))
    return false
  }
  lengths.set(operation.name, length * 1.05)
  await world.engine.kill()
  const { acknowledged, error } = await outcome
  if (acknowledged) world.acknowledge(acknowledged)
  else if (!/ECONNRESET|EPIPE|socket hang up|aborted/.test(String(error))) throw error
  await world.engine.restart()
  await world.check(acknowledged ? null : change)
  return acknowledged === null
}

it.each(operations.map((operation) => [operation.name, operation] as const))(
  'loses nothing when it is killed inside %s',
  async (name, operation) => {
    const wanted = runsOf(operation.kills)
    let inside = 0
    for (let tries = 0; inside < wanted; tries++) {
      expect(tries, `${inside} of ${wanted} kills inside`).toBeLessThan(wanted * MAX_TRIES)
      if (await strike(operation)) inside++
    }
    counts.push(`${name} ${inside}`)
    // The work that was cut off can be done.
    const again = await operation.start(world)
    world.acknowledge(await again.done)
    await world.check(null)
  },
  600_000,
)

it('makes 200 kills in the full run, 30 inside each of load, commit, build, pull and gc', () => {
  const kills = new Map(operations.map(({ name, kills }) => [name, kills]))
  for (const name of ['load', 'commit', 'build', 'pull', 'gc'])
    expect(kills.get(name)).toBeGreaterThanOrEqual(30)
  expect([...kills.values()].reduce((sum, count) => sum + count)).toBeGreaterThanOrEqual(200)
})
