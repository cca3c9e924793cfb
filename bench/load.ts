/**
 * `npm run bench -- load [--runs N]`: `POST /images/load` of W3 as a docker-archive, on the built
 * engine and on dockerd: with plain layers, as `docker save` writes them, and (without a goal) with
 * layers packed by gzip and zstd. Each run ends with the image gone and the disk at rest.
 */
import { parseArgs } from 'node:util'
import { withCleanup } from './lib/cleanup'
import { settle } from './lib/file-system'
import { printComparisons, type Comparison } from './lib/report'
import { loadImage, startDocker, startLamina, versionsOf, type Side } from './lib/sides'
import { inTurns, runsOf, timed } from './lib/turns'
import { archive, layerFiles, w3, warm, type Packing, type Workload } from './lib/workloads'

const PACKINGS: { packing: Packing; job: string; goal: number | null }[] = [
  { packing: 'none', job: 'load W3', goal: 0.25 },
  { packing: 'gzip', job: 'load W3, layers as gzip', goal: null },
  { packing: 'zstd', job: 'load W3, layers as zstd', goal: null },
]

export default async function load(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { runs: { type: 'string', default: '3' } } })
  const runs = runsOf(values.runs)
  const workload = await w3()
  await withCleanup(async (cleanup) => {
    const ours = await startLamina(cleanup, { space: 8 })
    const peer = await startDocker(cleanup, { space: 12 })
    const comparisons: Comparison[] = []
    for (const { packing, job, goal } of PACKINGS) {
      await warm(await layerFiles(workload, packing))
      const turns = await inTurns(
        runs,
        () => loadOnce(ours, workload, packing),
        () => loadOnce(peer, workload, packing),
      )
      const { name } = peer
      comparisons.push({
        job,
        unit: 'ms',
        ours: turns.ours,
        peer: { name, runs: turns.peer },
        goal,
      })
    }
    printComparisons('load', comparisons, {
      ...(await versionsOf('dockerd')),
      client: 'HTTP on a unix socket',
    })
  })
}

async function loadOnce(side: Side, workload: Workload, packing: Packing): Promise<number> {
  const body = await archive(workload, packing)
  await settle(side.path)
  const duration = await timed(() => loadImage(side, body))
  await side.client.text('DELETE', `/images/${body.image}?force=1`)
  await settle(side.path)
  return duration
}
