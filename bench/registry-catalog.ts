/**
 * `npm run bench -- registry-catalog [--runs N]`: all names of a registry of 1,000 repositories, from
 * ours and from docker-registry. Shown in ms for 1,000 lists.
 */
import { parseArgs } from 'node:util'
import { withCleanup } from './lib/cleanup'
import { askMany, PEER, pushBlob, startRegistries, type RegistrySide } from './lib/registries'
import { printComparisons } from './lib/report'
import { inTurns, runsOf } from './lib/turns'

const REPOSITORIES = 1000
const PATH = `/v2/_catalog?n=${REPOSITORIES}`

export default async function registryCatalog(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { runs: { type: 'string', default: '7' } } })
  const runs = runsOf(values.runs)
  await withCleanup(async (cleanup) => {
    const { ours, peer, versions } = await startRegistries(cleanup, 1)
    for (const side of [ours, peer]) {
      await fill(side)
      await check(side)
    }
    const turns = await inTurns(
      runs,
      () => askMany(ours, PATH, 4000),
      () => askMany(peer, PATH, 60),
    )
    const runsOfPeer = { name: PEER, runs: turns.peer }
    const row = { job: '1,000 repositories, 1,000 lists', unit: 'ms' as const, goal: 1 / 50 }
    printComparisons('registry-catalog', [{ ...row, ours: turns.ours, peer: runsOfPeer }], versions)
  })
}

async function fill(side: RegistrySide): Promise<void> {
  const blob = Buffer.from('one blob for all')
  const digest = await pushBlob(side, 'bench/r0', blob)
  for (let at = 1; at < REPOSITORIES; at++) {
    const query = `mount=${digest}&from=bench/r0`
    await side.send('POST', `/v2/bench/r${at}/blobs/uploads/?${query}`)
  }
}

/** @throws when a name is missing */
async function check(side: RegistrySide): Promise<void> {
  const { body } = await side.send('GET', PATH)
  const { repositories } = JSON.parse(body.toString()) as { repositories: string[] }
  if (repositories.length !== REPOSITORIES) throw new Error(`${side.name}: ${body.toString()}`)
}
