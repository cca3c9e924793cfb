/**
 * `npm run bench -- load [--runs N]`: `docker load` of W3, on the built engine and on dockerd: with
 * plain layers, as `docker save` writes them, and (without a goal) with layers packed by gzip. Layers
 * packed by zstd, which dockerd 20.10 does not load, are shown beside `zstd -dc` alone. Each run ends
 * with the image gone and the disk at rest.
 */
import { parseArgs } from 'node:util'
import { runOk } from '../test/support/run'
import { withCleanup } from './lib/cleanup'
import { settle } from './lib/file-system'
import { printComparisons, type Comparison } from './lib/report'
import { startDocker, startLamina, versionsOf, type Side } from './lib/sides'
import { inTurns, runsOf, timed } from './lib/turns'
import { archiveFile, layerFiles, w3, warm } from './lib/workloads'

export default async function load(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { runs: { type: 'string', default: '3' } } })
  const runs = runsOf(values.runs)
  const workload = await w3()
  const plain = await archiveFile(workload, 'none')
  const gzip = await archiveFile(workload, 'gzip')
  const zstd = await archiveFile(workload, 'zstd')
  const zstdLayers = await layerFiles(workload, 'zstd')
  await withCleanup(async (cleanup) => {
    const ours = await startLamina(cleanup, { space: 4 })
    const peer = await startDocker(cleanup, { space: 6 })
    const both = async (job: string, archive: string, goal: number | null): Promise<Comparison> => {
      await warm([archive])
      const turns = await inTurns(
        runs,
        () => loadOnce(ours, archive),
        () => loadOnce(peer, archive),
      )
      return {
        job,
        unit: 'ms',
        ours: turns.ours,
        peer: { name: peer.name, runs: turns.peer },
        goal,
      }
    }
    const comparisons = [
      await both('load W3', plain, 0.25),
      await both('load W3, layers as gzip', gzip, null),
    ]
    await warm([zstd])
    const unpacked = await inTurns(
      runs,
      () => loadOnce(ours, zstd),
      () => timed(() => runOk('sh', ['-c', 'exec zstd -dcq "$@" >/dev/null', '-', ...zstdLayers])),
    )
    comparisons.push({
      ...{ job: 'load W3, layers as zstd', unit: 'ms', goal: null, ours: unpacked.ours },
      peer: { name: 'zstd -dc', runs: unpacked.peer },
    })
    printComparisons('load', comparisons, await versionsOf('dockerd', 'docker', 'zstd'))
  })
}

async function loadOnce(side: Side, archive: string): Promise<number> {
  await settle(side.path)
  const duration = await timed(() => side.docker('load', '--quiet', '--input', archive))
  await side.client.text('DELETE', '/images/bench/w3:latest?force=1')
  await settle(side.path)
  return duration
}
