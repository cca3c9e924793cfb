/**
 * `npm run bench -- save [--runs N]`: `docker save` of W3, its bytes thrown away, from the built
 * engine and from dockerd.
 */
import { parseArgs } from 'node:util'
import { withCleanup } from './lib/cleanup'
import { settle } from './lib/file-system'
import { printComparisons } from './lib/report'
import { loadImage, startDocker, startLamina, versionsOf, type Side } from './lib/sides'
import { inTurns, runsOf, timed } from './lib/turns'
import { archive, w3 } from './lib/workloads'

export default async function save(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { runs: { type: 'string', default: '5' } } })
  const runs = runsOf(values.runs)
  const workload = await w3()
  await withCleanup(async (cleanup) => {
    const ours = await startLamina(cleanup, { space: 3 })
    const peer = await startDocker(cleanup, { space: 5 })
    for (const side of [ours, peer]) await loadImage(side, await archive(workload, 'none'))
    const turns = await inTurns(
      runs,
      () => saveOnce(ours),
      () => saveOnce(peer),
    )
    printComparisons(
      'save',
      [
        {
          ...{ job: 'save W3', unit: 'ms', goal: 0.25 },
          ours: turns.ours,
          peer: { name: peer.name, runs: turns.peer },
        },
      ],
      await versionsOf('dockerd', 'docker'),
    )
  })
}

async function saveOnce(side: Side): Promise<number> {
  await settle(side.path)
  return timed(() => side.docker('save', 'bench/w3:latest'))
}
