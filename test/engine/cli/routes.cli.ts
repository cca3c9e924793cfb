import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dockerRoutes } from '../../../src/engine/docker-api/routes'
import type { Services } from '../../../src/engine/docker-api/services'
import { AREAS } from './areas'
import type { Check } from './harness/area'
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

interface Run {
  check: Check
  transcript: Transcript
  touched: Set<string>
}

let fixtures: Fixtures
let engine: Side
let proxy: Proxy
const runs: Run[] = []

beforeAll(async () => {
  fixtures = await makeFixtures()
  const whole = await engineSide()
  proxy = await startProxy(whole.socketPath, ROUTES)
  engine = { ...whole, host: proxy.host, words: [...whole.words, [proxy.host, '<host>']] }
  for (const check of AREAS.flatMap((area) => area.checks)) {
    proxy.takeTouched()
    const transcript = await transcribeAlone(check)
    runs.push({ check, transcript, touched: proxy.takeTouched() })
  }
}, 900_000)

afterAll(async () => {
  await proxy?.stop()
  await engine?.stop()
})

async function transcribeAlone(check: Check): Promise<Transcript> {
  await reset(engine.socketPath)
  return transcribe(engine, fixtures, check.body)
}

describe('without one route, a check is red', () => {
  for (const route of ROUTES) {
    it(routeKey(route), async () => {
      // Checks of little else first: one of them is enough.
      const asking = runs
        .filter(({ touched }) => touched.has(routeKey(route)))
        .sort((a, b) => a.touched.size - b.touched.size)
      expect(asking.length, 'checks that ask for it').toBeGreaterThan(0)
      proxy.remove(route)
      try {
        for (const { check, transcript } of asking.slice(0, TRIES)) {
          if (!isDeepStrictEqual(await transcribeAlone(check), transcript)) return
        }
      } finally {
        proxy.remove(null)
      }
      expect.fail(`${asking.length} checks ask for it and none of ${TRIES} notices`)
    })
  }
})
