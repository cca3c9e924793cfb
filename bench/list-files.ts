/**
 * `npm run bench -- list-files [--runs N]`: every file of W2, whose layers lie in the store as gzip
 * (as they come from a registry), listed for the first time and again, beside `gzip -dc` of the same
 * four blobs, which lists nothing. Each time the engine is a new process that has nothing in memory;
 * the first time its indexes are taken away, too. What is timed is `POST /lamina/v1/trees` until the
 * whole tree is there to be looked into.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { runOk } from '../test/support/run'
import { withCleanup } from './lib/cleanup'
import { settle } from './lib/file-system'
import { printComparisons, type Comparison } from './lib/report'
import { loadImage, startLamina, versionsOf, type Side } from './lib/sides'
import { inTurns, runsOf, timed, type Turns } from './lib/turns'
import { archive, layerFiles, w2, warm, type Workload } from './lib/workloads'

export default async function listFiles(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { runs: { type: 'string', default: '7' } } })
  const runs = runsOf(values.runs)
  const workload = await w2()
  const blobs = await layerFiles(workload, 'gzip')
  await withCleanup(async (cleanup) => {
    const side = await startLamina(cleanup, { space: 2 })
    await loadImage(side, await archive(workload, 'gzip'))
    await settle(side.path)
    await warm(blobs)
    const peer = () =>
      timed(() => runOk('sh', ['-c', 'exec gzip -dc "$@" >/dev/null', '-', ...blobs]))
    const one = await inTurns(runs, () => first(side, workload, 1), peer)
    const two = await inTurns(runs, () => first(side, workload, 2), peer)
    const again = await inTurns(runs, () => afterRestart(side, workload), peer)
    const warmAgain = await inTurns(runs, () => listAll(side, workload), peer)
    printComparisons(
      'list-files',
      [
        compare('list W2, first time, one core', one, 0.6),
        compare('list W2, first time, two cores', two, 0.35),
        compare('list W2 again, new process', again, 0.02),
        compare('list W2 again', warmAgain, 0.02),
      ],
      { ...(await versionsOf('gzip')), client: 'HTTP on a unix socket' },
    )
  })
}

function compare(job: string, { ours, peer }: Turns, goal: number): Comparison {
  return { job, unit: 'ms', ours, peer: { name: 'gzip -dc', runs: peer }, goal }
}

async function first(side: Side, workload: Workload, cores: 1 | 2): Promise<number> {
  await rm(join(side.path, 'root/index'), { recursive: true, force: true })
  return afterRestart(side, workload, cores)
}

async function afterRestart(side: Side, workload: Workload, cores: 1 | 2 = 2): Promise<number> {
  await side.restart()
  await side.client.text('GET', '/images/json')
  const set = cores === 1 ? '0' : '0,1'
  await runOk('taskset', ['--all-tasks', '--cpu-list', '--pid', set, String(side.pid)])
  return listAll(side, workload)
}

async function listAll({ client }: Side, { name, entries }: Workload): Promise<number> {
  const source = { kind: 'image', image: `bench/${name}:latest` }
  let said = ''
  const duration = await timed(async () => {
    said = await client.text('POST', '/lamina/v1/trees', { source, daemon: null })
  })
  const last = JSON.parse(said.trim().split('\n').at(-1) ?? '') as { summary?: { entries: number } }
  // Layers share the folders above their files.
  const found = last.summary?.entries ?? 0
  if (found < entries - 10 || found > entries) throw new Error(`${found} files: ${said}`)
  return duration
}
