/**
 * `npm run bench -- memory [--runs N]`: the most memory (VmHWM) that the built engine's process has
 * had when it has loaded, saved, pushed, pulled and indexed W3, and the same of dockerd. Each job is
 * the only one of a new process.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startRegistry } from '../test/support/registry'
import { withCleanup } from './lib/cleanup'
import { printComparisons, type Comparison } from './lib/report'
import { loadImage, peakMemory, startDocker, startLamina, versionsOf, type Side } from './lib/sides'
import { inTurns, runsOf } from './lib/turns'
import { archive, w3 } from './lib/workloads'

/** MB, whatever the image's size. */
const LIMIT = 200
const IMAGE = 'bench/w3:latest'

interface Job {
  job: string
  ours: () => Promise<unknown>
  /** Nothing where dockerd has no such job: what it has at rest is shown then. */
  peer: () => Promise<unknown>
  /** Before the job, in another process. */
  before?: (side: Side) => Promise<unknown>
}

export default async function memory(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { runs: { type: 'string', default: '1' } } })
  const runs = runsOf(values.runs)
  const workload = await w3()
  await withCleanup(async (cleanup) => {
    const registry = await startRegistry()
    cleanup.add(() => registry.stop())
    const ours = await startLamina(cleanup, { space: 5, insecure: [registry.address] })
    const peer = await startDocker(cleanup, { space: 6, insecure: [registry.address] })
    const remote = (side: Side) => `${registry.address}/${side.name.toLowerCase()}`

    const load = async (side: Side) => loadImage(side, await archive(workload, 'none'))
    const save = ({ client }: Side) => client.drain('GET', `/images/get?names=${IMAGE}`)
    const push = async (side: Side) => {
      await side.client.text('POST', `/images/${IMAGE}/tag?repo=${remote(side)}&tag=w3`)
      await transfer(side, `/images/${remote(side)}/push?tag=w3`)
    }
    const pull = (side: Side) => transfer(side, `/images/create?fromImage=${remote(side)}&tag=w3`)
    const forget = async ({ client, path }: Side) => {
      const images = await client.json<{ Id: string }[]>('GET', '/images/json')
      for (const { Id } of images) await client.text('DELETE', `/images/${Id}?force=1`)
      await rm(join(path, 'root/index'), { recursive: true, force: true })
    }
    const list = ({ client }: Side) =>
      client.text('POST', '/lamina/v1/trees', {
        source: { kind: 'image', image: `${remote(ours)}:w3` },
        daemon: null,
      })
    const both = (job: string, work: (side: Side) => Promise<unknown>): Job => ({
      ...{ job, ours: () => work(ours), peer: () => work(peer) },
    })
    const jobs: Job[] = [
      { ...both('load W3', load), before: forget },
      both('save W3', save),
      both('push W3, packed on the way', push),
      { ...both('pull W3', pull), before: forget },
      {
        ...{ job: 'index W3', ours: () => list(ours), peer: async () => undefined },
        before: ({ path }) => rm(join(path, 'root/index'), { recursive: true, force: true }),
      },
    ]
    const comparisons: Comparison[] = []
    for (const { job, before, ...sides } of jobs) {
      const peak = async (side: Side, work: () => Promise<unknown>) => {
        await before?.(side)
        await side.restart()
        await work()
        return peakMemory(side.pid)
      }
      const turns = await inTurns(
        runs,
        () => peak(ours, sides.ours),
        () => peak(peer, sides.peer),
      )
      comparisons.push({
        ...{ job, unit: 'MB', ours: turns.ours, goal: null, limit: LIMIT },
        peer: { name: peer.name, runs: turns.peer },
      })
    }
    printComparisons('memory', comparisons, await versionsOf('dockerd', 'docker-registry'))
  })
}

/** A push or a pull, to its last line. */
async function transfer({ client }: Side, path: string): Promise<void> {
  const nobody = { 'X-Registry-Auth': Buffer.from('{}').toString('base64') }
  const said = await client.text('POST', path, undefined, nobody)
  if (/errorDetail/.test(said)) throw new Error(said.trim().split('\n').at(-1))
}
