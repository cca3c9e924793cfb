/**
 * `npm run bench -- registry-upload [--runs N]`: a blob of 1 GiB in one PUT, to our registry and to
 * docker-registry, each time other bytes; then the most memory that each server had.
 */
import { createHash, randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { withCleanup } from './lib/cleanup'
import { putParts } from './lib/raw-http'
import { PEER, startRegistries, uploadPath, type RegistrySide } from './lib/registries'
import { printComparisons } from './lib/report'
import { peakMemory } from './lib/sides'
import { inTurns, runsOf, timed } from './lib/turns'

const MIB = 1024 * 1024

export default async function registryUpload(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { runs: { type: 'string', default: '5' }, mib: { type: 'string', default: '1024' } },
  })
  const runs = runsOf(values.runs)
  const count = runsOf(values.mib)
  await withCleanup(async (cleanup) => {
    const space = Math.ceil(((runs + 1) * count) / 1024) + 2
    const { ours, peer, versions } = await startRegistries(cleanup, space)
    const turns = await inTurns(
      runs,
      () => upload(ours, count),
      () => upload(peer, count),
    )
    const of = (mine: number[], others: number[]) => ({
      ours: mine,
      peer: { name: PEER, runs: others },
    })
    const memory = [await peakMemory(ours.pid), await peakMemory(peer.pid)] as const
    printComparisons(
      'registry-upload',
      [
        { job: `${count} MiB up`, unit: 'ms', goal: 0.7, ...of(turns.ours, turns.peer) },
        { job: 'most memory', unit: 'MB', goal: 2, ...of([memory[0]], [memory[1]]) },
      ],
      versions,
    )
  })
}

async function upload(to: RegistrySide, count: number): Promise<number> {
  const part = randomBytes(MIB)
  const parts = Array.from({ length: count }, () => part)
  const hash = createHash('sha256')
  for (const each of parts) hash.update(each)
  const path = await uploadPath(to, 'bench/large', `sha256:${hash.digest('hex')}`)
  return timed(() => putParts(to.port, path, parts))
}
