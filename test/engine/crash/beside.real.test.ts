/** gc and fsck while a pull from a slow registry runs, and while a push does: nothing that is needed goes. */
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { makeTar } from '../cli/harness/tar'
import {
  configOf,
  describeBlob,
  digest,
  dockerArchive,
  LAYER,
  MANIFEST,
  ociImage,
} from '../hostile/images'
import {
  blobPath,
  startLyingRegistry,
  typed,
  type Lie,
  type LyingRegistry,
} from '../hostile/lying-registry'
import { World } from './world'

let world: World
let slow: LyingRegistry
beforeAll(async () => {
  world = await World.start(2)
  slow = await startLyingRegistry()
})
afterAll(async () => {
  await slow.stop()
  await world.stop()
})

/** In pieces with a pause before each. */
function trickle(bytes: Buffer, pieces: number): Lie {
  return (_request, response) => {
    response.writeHead(200, { 'content-length': String(bytes.length) })
    const size = Math.ceil(bytes.length / pieces)
    void (async () => {
      for (let at = 0; at < bytes.length && !response.destroyed; at += size) {
        await pause(60)
        response.write(bytes.subarray(at, at + size))
      }
      response.end()
    })()
  }
}

/** Runs gc and fsck in turn until the work has ended; how often. */
async function careBeside(work: Promise<unknown>): Promise<number> {
  let ended = false
  const outcome = work.finally(() => (ended = true))
  // Its failure is met below.
  outcome.catch(() => undefined)
  let rounds = 0
  for (; !ended; rounds++) {
    await world.gc()
    const { text } = await world.send('POST', '/lamina/v1/fsck')
    expect(text).toContain('"problems":[]')
  }
  await outcome
  return rounds
}

it('keeps what a slow pull has brought so far', async () => {
  // Three layers that come one after another, each at its own pace: the first waits long for the last.
  const layers = []
  for (let at = 0; at < 3; at++)
    layers.push(await makeTar([{ name: `f${at}`, content: world.random.bytes(200_000) }]))
  const config = configOf(layers)
  const { manifest } = await ociImage({
    config,
    layers: layers.map((layer) => describeBlob(layer, LAYER)),
  })
  const name = slow.repository({
    'manifests/1': typed(manifest, MANIFEST),
    [blobPath(config)]: config,
    ...Object.fromEntries(
      layers.map((layer, at) => [blobPath(layer), trickle(layer, 3 + at * 12)]),
    ),
  })
  const query = `fromImage=${encodeURIComponent(name)}`
  const rounds = await careBeside(world.send('POST', `/images/create?${query}`))
  expect(rounds).toBeGreaterThan(2)
  world.acknowledge({ names: new Map([[name, digest(config)]]) })
  await world.check(null)
})

it('keeps what a push sends', async () => {
  const layers = []
  for (let at = 0; at < 3; at++)
    layers.push(await makeTar([{ name: `p${at}`, content: world.random.bytes(3_000_000) }]))
  const config = configOf(layers)
  const repository = `${world.registry.address}/beside`
  const name = `${repository}:1`
  const archive = await dockerArchive({ layers, config, item: { RepoTags: [name] } })
  await world.send('POST', '/images/load?quiet=1', archive)
  const path = `/images/${encodeURIComponent(repository)}/push?tag=1`
  await careBeside(world.send('POST', path))
  world.acknowledge({ names: new Map([[name, digest(config)]]) })
  await world.check(null)
  // What came there is the whole image.
  await world.send('DELETE', `/images/${digest(config)}?force=1`)
  await world.gc()
  await world.send('POST', `/images/create?fromImage=${encodeURIComponent(name)}`)
  await world.check(null)
})
