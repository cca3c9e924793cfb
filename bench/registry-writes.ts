/**
 * `npm run bench -- registry-writes [--runs N]`: small writes, 8 at a time: a blob of 1 KiB (POST and
 * PUT), and a manifest under a tag. Shown in ms for 100 of them.
 *
 * What 201 means: ours has synced the file, its folder and the record of it. docker-registry 2.8 syncs
 * the files that it writes, but not the folders in which it renames them.
 */
import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { withCleanup } from './lib/cleanup'
import {
  manifest,
  MANIFEST,
  PEER,
  pushBlob,
  startRegistries,
  type RegistrySide,
} from './lib/registries'
import { printComparisons, type Comparison } from './lib/report'
import { inTurns, runsOf, timed } from './lib/turns'

const NAME = 'bench/writes'
const AT_ONCE = 8
const WRITES = 400

export default async function registryWrites(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { runs: { type: 'string', default: '5' } } })
  const runs = runsOf(values.runs)
  await withCleanup(async (cleanup) => {
    const { ours, peer, versions } = await startRegistries(cleanup, 1)
    const blob = (side: RegistrySide) => () =>
      measure(async () => void (await pushBlob(side, NAME, randomBytes(1024))))
    const tag = (side: RegistrySide, config: string, layer: string) => {
      let count = 0
      return () =>
        measure(async () => {
          const document = manifest(config, layer, `${count++}`)
          await side.send('PUT', `/v2/${NAME}/manifests/t${count}`, document, MANIFEST)
        })
    }
    const parts = [randomBytes(1024), randomBytes(1024)] as const
    for (const side of [ours, peer]) for (const part of parts) await pushBlob(side, NAME, part)
    const [config, layer] = [
      await pushBlob(ours, NAME, parts[0]),
      await pushBlob(ours, NAME, parts[1]),
    ]
    const rows = [
      { job: 'blobs of 1 KiB, 100', a: blob(ours), b: blob(peer) },
      {
        job: 'manifests with a tag, 100',
        a: tag(ours, config, layer),
        b: tag(peer, config, layer),
      },
    ]
    const comparisons: Comparison[] = []
    for (const { job, a, b } of rows) {
      const turns = await inTurns(runs, a, b)
      comparisons.push({
        ...{ job, unit: 'ms', ours: turns.ours, goal: 1 / 3 },
        peer: { name: PEER, runs: turns.peer },
      })
    }
    printComparisons('registry-writes', comparisons, versions)
  })
}

/** ms for 100 writes. */
async function measure(write: () => Promise<void>): Promise<number> {
  let left = WRITES
  const worker = async () => {
    while (left-- > 0) await write()
  }
  const time = await timed(() => Promise.all(Array.from({ length: AT_ONCE }, worker)))
  return (time * 100) / WRITES
}
