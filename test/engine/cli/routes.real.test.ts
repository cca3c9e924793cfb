import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dockerRoutes } from '../../../src/engine/docker-api/routes'
import type { Services } from '../../../src/engine/docker-api/services'
import { AREAS } from './areas'
import type { AloneCheck, Check } from './harness/area'
import { makeFixtures, type Fixtures } from './harness/fixtures'
import { routeKey, startProxy, type Proxy } from './harness/proxy'
import { reset } from './harness/reset'
import { engineSide, type Side } from './harness/side'
import { transcribe, type Transcript } from './harness/transcript'

// Proves that the suite can fail: with any one route of the Docker API taken away (a proxy answers
// "page not found"), at least one check says something else than on the whole engine.

/** Only the table is read, no handler is called: they need no services. */
const ROUTES = dockerRoutes(new Proxy({} as Services, { get: () => () => undefined }))
/** How many of the checks that ask for a route are tried before it counts as unguarded. */
const TRIES = 12

type Runnable = Check | AloneCheck

/** Whether it looks at the engine only. */
function needsNoPeer({ body }: AloneCheck): boolean {
  return body.length < 2
}

interface Run {
  check: Runnable
  transcript: Transcript
  touched: Set<string>
}

let fixtures: Fixtures
let engine: Side
let proxy: Proxy
const runs: Run[] = []
/** Those of one answer each: they find most routes soonest. */
const FIRST = ['answers', 'what needs a process']
const isFirst = ({ area }: Runnable): number => Number(FIRST.includes(area))
/** Not run yet. */
const waiting = AREAS.flatMap((area) => [...area.checks, ...area.alone.filter(needsNoPeer)]).sort(
  (a, b) => isFirst(b) - isFirst(a),
)

beforeAll(async () => {
  fixtures = await makeFixtures()
  const whole = await engineSide()
  proxy = await startProxy(whole.socketPath, ROUTES)
  engine = { ...whole, host: proxy.host, words: [...whole.words, [proxy.host, '<host>']] }
})

afterAll(async () => {
  await proxy?.stop()
  await engine?.stop()
})

async function transcribeAlone(check: Runnable): Promise<Transcript> {
  await reset(engine.socketPath)
  // What a check expects by itself and does not find is part of its transcript.
  return transcribe(engine, fixtures, (c) => check.body(c, c))
}

/** Runs one more check on the whole engine; null when all have run. */
async function runNext(): Promise<Run | null> {
  const check = waiting.shift()
  if (!check) return null
  proxy.takeTouched()
  const transcript = await transcribeAlone(check)
  const run = { check, transcript, touched: proxy.takeTouched() }
  runs.push(run)
  return run
}

/** Checks that ask for a route: known ones, of little else first, then those that are found now. */
async function* asking(key: string): AsyncGenerator<Run> {
  const known = runs.filter(({ touched }) => touched.has(key))
  yield* known.sort((a, b) => a.touched.size - b.touched.size)
  for (let run = await runNext(); run; run = await runNext()) if (run.touched.has(key)) yield run
}

describe('without one route, a check is red', () => {
  for (const route of ROUTES) {
    const key = routeKey(route)
    it(key, { timeout: 600_000 }, async () => {
      let tried = 0
      for await (const { check, transcript } of asking(key)) {
        if (tried++ === TRIES) break
        proxy.remove(route)
        const without = await transcribeAlone(check).finally(() => proxy.remove(null))
        if (!isDeepStrictEqual(without, transcript)) return
      }
      expect.fail(`${Math.min(tried, TRIES)} checks ask for it and none notices`)
    })
  }
})
