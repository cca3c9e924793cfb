/**
 * `npm run bench -- commit [--runs N]`: `POST /commit` of a stopped container with 10 files, 10,000
 * files or 500 MiB in it, on the built engine and on dockerd. Each run is a new container with a file
 * of its own, so that nobody meets a layer that is there already; what is timed is the commit alone.
 * Ours is on the disk (synced) when the answer comes.
 */
import { parseArgs } from 'node:util'
import type { LayerSource } from '../src/engine/layer/types'
import { withCleanup } from './lib/cleanup'
import { settle } from './lib/file-system'
import { noise, writer } from './lib/random'
import { printComparisons, type Comparison } from './lib/report'
import { baseImage, startDocker, startLamina, versionsOf, type Side } from './lib/sides'
import { inTurns, runsOf, timed } from './lib/turns'
import { file, folder, smallFiles, tarOf } from './lib/workloads'

const SETS: { job: string; goal: number; files: () => LayerSource[] }[] = [
  { job: 'commit of 10 files', goal: 0.5, files: tenFiles },
  { job: 'commit of 10,000 files', goal: 0.7, files: () => [...smallFiles('many', 10_000)] },
  { job: 'commit of 500 MiB', goal: 0.45, files: halfGigabyte },
]

export default async function commit(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { runs: { type: 'string', default: '5' } } })
  const runs = runsOf(values.runs)
  await withCleanup(async (cleanup) => {
    const ours = await startLamina(cleanup, { space: 2 + runs })
    const peer = await startDocker(cleanup, { space: 2 + runs })
    for (const side of [ours, peer]) await baseImage(side)
    const comparisons: Comparison[] = []
    for (const { job, goal, files } of SETS) {
      const set = files()
      const turns = await inTurns(
        runs,
        (run) => commitOnce(ours, job, run, set),
        (run) => commitOnce(peer, job, run, set),
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
    printComparisons('commit', comparisons, {
      ...(await versionsOf('dockerd')),
      client: 'HTTP on a unix socket',
    })
  })
}

async function commitOnce(
  { client, path }: Side,
  job: string,
  run: number,
  set: LayerSource[],
): Promise<number> {
  const container = { Image: 'bench/base:latest', Cmd: ['true'] }
  const { Id } = await client.json<{ Id: string }>('POST', '/containers/create', container)
  const own = file('srv/own.txt', Buffer.from(`${job}, run ${run}\n`))
  await client.text('PUT', `/containers/${Id}/archive?path=/`, tarOf([...set, own]))
  await settle(path)
  const tag = `${job.replace(/\W+/g, '-')}.${run}`
  return timed(() => client.text('POST', `/commit?container=${Id}&repo=bench/done&tag=${tag}`))
}

function tenFiles(): LayerSource[] {
  const text = writer(3, 500)
  const files = Array.from({ length: 10 }, (_, at) =>
    file(`srv/file-${at}.txt`, Buffer.from(text(1024 + at * 256))),
  )
  return [folder('srv'), ...files]
}

function halfGigabyte(): LayerSource[] {
  const content = noise('commit', 25 * 2 ** 20)
  return [
    folder('srv'),
    ...Array.from({ length: 20 }, (_, at) => file(`srv/part-${at}.bin`, content)),
  ]
}
