/**
 * Hostile archives, one after another, into one real engine whose root lies on a file system of
 * 256 MB: each is refused with a clear message or contained; afterwards nothing around the root has
 * changed, fsck is clean and a good image loads. The engine's peak of memory is looked at last.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildCases } from './build-cases'
import type { HostileCase, Route } from './case'
import { copyCases } from './copy-cases'
import type { Answer } from '../../support/send'
import { startHost, type HostileHost } from './host'
import { goodLayer } from './images'
import { layerCases } from './layer-cases'
import { layoutCases } from './layout-cases'
import { loadCases } from './load-cases'
import { startLyingRegistry } from './lying-registry'
import { pullCases } from './pull-cases'
import { tarCases } from './tar-cases'

/** MB (10^6): the bound of issue 3, point 2. */
const MOST_MEMORY = 200

const registry = await startLyingRegistry()
const subjects: Record<string, HostileCase[]> = {
  'archives of docker save': loadCases,
  'OCI layouts': layoutCases,
  layers: layerCases,
  'tar headers': tarCases,
  'copies into containers and volumes': copyCases,
  builds: buildCases,
  pulls: pullCases(registry),
}

let host: HostileHost
beforeAll(async () => {
  host = await startHost()
})
afterAll(async () => {
  await host.stop()
  await registry.stop()
})

/** Method, path and query of each way in. */
const ROUTES: Record<Route, [string, string, Record<string, string>]> = {
  load: ['POST', '/images/load', { quiet: '1' }],
  import: ['POST', '/images/create', { fromSrc: '-', repo: 'hostile', tag: '1' }],
  copy: ['PUT', '/containers/box/archive', { path: '/in' }],
  volume: ['PUT', '/containers/box/archive', { path: '/vol' }],
  build: ['POST', '/build', { t: 'hostile:1' }],
  pull: ['POST', '/images/create', {}],
}

async function send(one: HostileCase): Promise<Answer> {
  if (one.route === 'copy' || one.route === 'volume') await makeBox()
  const body = await one.bytes(host)
  const [method, path, fixed] = ROUTES[one.route]
  const query = new URLSearchParams({ ...fixed, ...one.query })
  if (one.route !== 'pull') return host.send(method, `${path}?${query.toString()}`, body)
  query.set('fromImage', (body as Buffer).toString())
  return host.send(method, `${path}?${query.toString()}`)
}

/** A container with a folder and a volume. */
async function makeBox(): Promise<void> {
  const made = await host.send('POST', '/images/create?fromSrc=-&repo=box&tag=1', await goodLayer())
  expect(made.status).toBe(200)
  const config = { Image: 'box:1', Cmd: ['sh'], HostConfig: { Binds: ['hostile:/vol'] } }
  const body = Buffer.from(JSON.stringify({ ...config, WorkingDir: '/in' }))
  expect((await host.send('POST', '/containers/create?name=box', body)).status).toBe(201)
  const { makeTar } = await import('../cli/harness/tar')
  const folder = await makeTar([{ name: 'in/' }])
  const put = await host.send('PUT', '/containers/box/archive?path=/', folder)
  expect([put.status, put.text]).toEqual([200, ''])
}

/** The engine's peak after each subject, MB. One process takes them all, so it only rises. */
const peaks = new Map<string, number>()

describe.each(Object.entries(subjects))('%s', (subject, cases) => {
  afterAll(async () => void peaks.set(subject, await host.peakMemory()))

  it.each(cases.map((one) => [one.name, one] as const))('%s', async (_name, one) => {
    const answer = await send(one)
    if (one.refused) {
      expect(answer.failed, answer.text).toBe(true)
      expect(answer.text).toMatch(one.refused)
      expect(answer.text).not.toMatch(/\bat .*\.cjs|TypeError|RangeError|Something went wrong/)
    } else {
      expect(answer.failed, answer.text.slice(0, 2000)).toBe(false)
      await one.contained?.(host)
    }
    expect(answer.text).not.toContain(host.secret)
    await host.checkHealth()
  })
})

it(`takes less than ${MOST_MEMORY} MB of memory for all of them`, () => {
  const figures = Object.entries(subjects).map(
    ([name, cases]) => `${name}: ${cases.length} cases, ${peaks.get(name)?.toFixed(0)} MB`,
  )
  console.log(`hostile VmHWM\n  ${figures.join('\n  ')}`)
  expect(Object.values(subjects).flat().length).toBeGreaterThanOrEqual(100)
  for (const [name, peak] of peaks) expect(peak, name).toBeLessThan(MOST_MEMORY)
})
