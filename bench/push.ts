/**
 * `npm run bench -- push [--workload w2|w3] [--runs N]`: an image to a docker-registry that is new for
 * each run: what the bundled store keeps packed (beside skopeo, from an OCI layout of the same blobs,
 * and dockerd), an image of dockerd that is packed for the first time (sent by us and by dockerd
 * itself; with and without dockerd's `save`, through which it comes to us and which is also measured
 * alone), and one whose layers are all there.
 */
import { join } from 'node:path'
import { startRegistry, type TestRegistry } from '../test/support/registry'
import { runOk } from '../test/support/run'
import { withCleanup, type Cleanup } from './lib/cleanup'
import { freshFileSystem, settle } from './lib/file-system'
import { printComparisons, type Comparison } from './lib/report'
import { copyBy, loadImage, startDocker, startLamina, versionsOf, type Side } from './lib/sides'
import { transferOptions } from './lib/transfer-options'
import { inTurns, timed, type Turns } from './lib/turns'
import { archive, layerFiles, warm, type Workload } from './lib/workloads'

/** Work on a registry that has nothing yet. */
type Push = (registry: TestRegistry) => Promise<unknown>

export default async function push(args: string[]): Promise<void> {
  const { runs, workload } = await transferOptions(args)
  await warm(await layerFiles(workload, 'gzip'))
  await withCleanup(async (cleanup) => {
    const { ours, packing, docker, layout } = await prepare(cleanup, workload)
    const image = `bench/${workload.name}`
    const name = workload.name.toUpperCase()
    const kept: Push = ({ address }) => pushKept(ours, image, address)
    const comparisons: Comparison[] = []
    const compare = (
      job: string,
      goal: number | null,
      peer: string,
      { ours, peer: times }: Turns,
    ) => comparisons.push({ job, unit: 'ms', goal, ours, peer: { name: peer, runs: times } })

    compare(
      `push ${name}, kept packed`,
      0.8,
      'skopeo',
      await inTurns(
        runs,
        () => onFresh(kept),
        () => onFresh((registry) => skopeo(layout, registry, image)),
      ),
    )
    const byDocker: Push = ({ address }) => pushByDocker(docker, image, address)
    const saves: number[] = []
    const first = await inTurns(
      runs,
      async () => {
        saves.push(await timed(() => docker.client.drain('GET', `/images/${image}/get`)))
        return onFresh(({ address }) => pushFromDocker(packing, docker, image, address))
      },
      () => onFresh(byDocker),
    )
    const { peer } = first
    compare(`push ${name} from dockerd, packed for the first time`, 0.5, 'dockerd', first)
    const rest = first.ours.map((time, run) => time - (saves[run] ?? 0))
    compare('the same without the save', 0.5, 'dockerd', { ours: rest, peer })
    compare('the save alone, thrown away', null, 'dockerd', { ours: saves, peer })
    const keptRuns = comparisons[0]?.ours ?? []
    compare(`push ${name}, kept packed`, 0.1, 'dockerd', { ours: keptRuns, peer })
    compare(
      `push ${name}, all layers exist`,
      1,
      'dockerd',
      await inTurns(
        runs,
        () => onFresh(kept, kept),
        () => onFresh(byDocker, byDocker),
      ),
    )
    const versions = await versionsOf('dockerd', 'skopeo')
    printComparisons('push', comparisons, { ...versions, workload: name })
  })
}

/** Two engines, so that what is packed for the one push is not there for the other. */
async function prepare(cleanup: Cleanup, workload: Workload) {
  const ours = await startLamina(cleanup, { space: 3 })
  const packing = await startLamina(cleanup, { space: 3 })
  const docker = await startDocker(cleanup, { space: 5 })
  await loadImage(ours, await archive(workload, 'gzip'))
  await loadImage(docker, await archive(workload, 'none'))
  const layout = `oci:${join(await freshFileSystem(cleanup, 2), 'layout')}:latest`
  const image = `bench/${workload.name}`
  const registry = await startRegistry()
  try {
    await pushKept(ours, image, registry.address)
    const from = `docker://${registry.address}/${image}:latest`
    await runOk('skopeo', ['copy', '-q', '--src-tls-verify=false', from, layout], LONG)
  } finally {
    await registry.stop()
  }
  return { ours, packing, docker, layout }
}

const LONG = { timeout: 600_000 }

/** How long the last of these takes on a new registry, ms. */
async function onFresh(...pushes: Push[]): Promise<number> {
  const registry = await startRegistry()
  try {
    let time = 0
    for (const work of pushes) {
      await settle(registry.storage)
      time = await timed(() => work(registry))
    }
    return time
  } finally {
    await registry.stop()
  }
}

async function pushKept(side: Side, image: string, address: string): Promise<void> {
  await copyBy(side, { source: { kind: 'store', image }, target: place(address, image) })
}

/** What was packed before, and what is known of it, does not count. */
async function pushFromDocker(
  side: Side,
  docker: Side,
  image: string,
  address: string,
): Promise<void> {
  await side.client.text('POST', '/lamina/v1/gc')
  const daemon = { socketPath: docker.client.socketPath }
  const source = { kind: 'daemon' as const, daemon, image }
  await copyBy(side, { source, target: place(address, image) })
}

async function pushByDocker({ client }: Side, image: string, address: string): Promise<void> {
  const name = `${address}/${image}`
  await client.text('POST', `/images/${image}/tag?repo=${name}&tag=latest`)
  const headers = { 'X-Registry-Auth': Buffer.from('{}').toString('base64url') }
  const said = await client.text('POST', `/images/${name}/push?tag=latest`, undefined, headers)
  if (!said.includes('"Digest"')) throw new Error(said.slice(-500))
}

async function skopeo(layout: string, { address }: TestRegistry, image: string): Promise<void> {
  const target = `docker://${address}/${image}:latest`
  await runOk('skopeo', ['copy', '-q', '--dest-tls-verify=false', layout, target], LONG)
}

function place(address: string, image: string) {
  const reference = `${address}/${image}:latest`
  return { kind: 'registry' as const, reference, protocol: 'http' as const }
}
