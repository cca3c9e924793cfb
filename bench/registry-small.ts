/**
 * `npm run bench -- registry-small [--runs N]`: small requests to our registry and to docker-registry:
 * a manifest by its tag, HEAD of a blob, a blob of 1 KiB. ApacheBench asks on 8 kept connections. Shown
 * in ms for 1,000 requests; then the most memory that each server had.
 */
import { parseArgs } from 'node:util'
import { withCleanup } from './lib/cleanup'
import { askMany, manifest, MANIFEST, PEER, pushBlob, startRegistries } from './lib/registries'
import { printComparisons, type Comparison } from './lib/report'
import { peakMemory } from './lib/sides'
import { inTurns, runsOf } from './lib/turns'

const NAME = 'bench/small'

export default async function registrySmall(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { runs: { type: 'string', default: '5' } } })
  const runs = runsOf(values.runs)
  await withCleanup(async (cleanup) => {
    const { ours, peer, versions } = await startRegistries(cleanup, 1)
    const [config, layer] = [Buffer.alloc(1024, 'c'), Buffer.alloc(1024, 'l')]
    let digest = ''
    for (const side of [ours, peer]) {
      digest = await pushBlob(side, NAME, layer)
      const document = manifest(await pushBlob(side, NAME, config), digest)
      await side.send('PUT', `/v2/${NAME}/manifests/v1`, document, MANIFEST)
    }
    const blob = `/v2/${NAME}/blobs/${digest}`
    const rows = [
      {
        job: 'manifest by tag',
        path: `/v2/${NAME}/manifests/v1`,
        flags: ['-H', `Accept: ${MANIFEST}`],
      },
      { job: 'HEAD of a blob', path: blob, flags: ['-i'] },
      { job: 'blob of 1 KiB', path: blob, flags: [] },
    ]
    const comparisons: Comparison[] = []
    for (const { job, path, flags } of rows) {
      const turns = await inTurns(
        runs,
        () => askMany(ours, path, 20_000, flags),
        () => askMany(peer, path, 2000, flags),
      )
      comparisons.push({
        ...{ job: `${job}, 1,000 requests`, unit: 'ms', ours: turns.ours, goal: 1 / 8 },
        peer: { name: PEER, runs: turns.peer },
      })
    }
    comparisons.push({
      ...{ job: 'most memory', unit: 'MB', ours: [await peakMemory(ours.pid)], goal: 2 },
      peer: { name: PEER, runs: [await peakMemory(peer.pid)] },
    })
    printComparisons('registry-small', comparisons, versions)
  })
}
