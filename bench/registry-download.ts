/**
 * `npm run bench -- registry-download [--runs N]`: a blob of 1 GiB from our registry and from
 * docker-registry, one at a time and four at a time; then the most memory that each server had.
 */
import { createHash, randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { withCleanup } from './lib/cleanup'
import { drop, putParts } from './lib/raw-http'
import { PEER, startRegistries, uploadPath, type RegistrySide } from './lib/registries'
import { printComparisons, type Comparison } from './lib/report'
import { peakMemory } from './lib/sides'
import { inTurns, runsOf, timed } from './lib/turns'

const MIB = 1024 * 1024
const NAME = 'bench/large'

export default async function registryDownload(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { runs: { type: 'string', default: '5' }, mib: { type: 'string', default: '1024' } },
  })
  const runs = runsOf(values.runs)
  const count = runsOf(values.mib)
  await withCleanup(async (cleanup) => {
    const { ours, peer, versions } = await startRegistries(cleanup, Math.ceil(count / 1024) + 1)
    const part = randomBytes(MIB)
    const parts = Array.from({ length: count }, () => part)
    const hash = createHash('sha256')
    for (const each of parts) hash.update(each)
    const digest = `sha256:${hash.digest('hex')}`
    for (const side of [ours, peer])
      await putParts(side.port, await uploadPath(side, NAME, digest), parts)
    const get = (side: RegistrySide, atOnce: number) => () =>
      timed(() => {
        const one = () => drop(side.port, `/v2/${NAME}/blobs/${digest}`, count * MIB)
        return Promise.all(Array.from({ length: atOnce }, one))
      })
    const comparisons: Comparison[] = []
    for (const [atOnce, goal] of [
      [1, 0.8],
      [4, 1],
    ] as const) {
      await get(ours, 1)()
      await get(peer, 1)()
      const turns = await inTurns(runs, get(ours, atOnce), get(peer, atOnce))
      const job = `${count} MiB down, ${atOnce} at a time`
      const others = { name: PEER, runs: turns.peer }
      comparisons.push({ job, unit: 'ms', ours: turns.ours, goal, peer: others })
    }
    comparisons.push({
      ...{ job: 'most memory', unit: 'MB', ours: [await peakMemory(ours.pid)], goal: 2 },
      peer: { name: PEER, runs: [await peakMemory(peer.pid)] },
    })
    printComparisons('registry-download', comparisons, versions)
  })
}
