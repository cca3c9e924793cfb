/**
 * `npm run bench -- pull [--workload w2|w3] [--runs N]`: an image from a docker-registry into the
 * bundled store (hashed, unpacked for its diffIDs and its files, synced) and into an OCI layout (hashed
 * and synced), by skopeo into an OCI layout, which unpacks and syncs nothing, and by dockerd, which
 * unpacks it to the disk.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { startRegistry } from '../test/support/registry'
import { runOk } from '../test/support/run'
import { withCleanup } from './lib/cleanup'
import { freshFileSystem, settle } from './lib/file-system'
import { printComparisons, type Comparison } from './lib/report'
import { copyBy, loadImage, startDocker, startLamina, versionsOf, type Side } from './lib/sides'
import { transferOptions } from './lib/transfer-options'
import { inTurns, timed, type Turns } from './lib/turns'
import { archive, layerFiles, warm } from './lib/workloads'

export default async function pull(args: string[]): Promise<void> {
  const { runs, workload } = await transferOptions(args)
  await warm(await layerFiles(workload, 'gzip'))
  await withCleanup(async (cleanup) => {
    const ours = await startLamina(cleanup, { space: 4 })
    const docker = await startDocker(cleanup, { space: 5 })
    const folder = await freshFileSystem(cleanup, 2)
    const registry = await startRegistry()
    cleanup.add(() => registry.stop())
    const image = `bench/${workload.name}`
    const name = `${registry.address}/${image}`
    await loadImage(ours, await archive(workload, 'gzip'))
    await ours.client.text('POST', `/images/${image}/tag?repo=${name}&tag=latest`)
    await ours.client.text('POST', `/images/${name}/push?tag=latest`)
    await ours.client.text('DELETE', `/images/${image}?force=1`)
    await ours.client.text('DELETE', `/images/${name}?force=1`)
    const ourPull = async (): Promise<number> => {
      await ours.client.text('POST', '/lamina/v1/gc')
      return pullOnce(ours, name)
    }
    const skopeo = async (): Promise<number> => {
      const layout = join(folder, 'layout')
      await rm(layout, { recursive: true, force: true })
      await settle(folder)
      const way = [`docker://${name}:latest`, `oci:${layout}:latest`]
      const args = ['copy', '-q', '--src-tls-verify=false', ...way]
      return timed(() => runOk('skopeo', args, { timeout: 600_000 }))
    }
    const asItCame = await inTurns(runs, () => copyToFile(ours, name), skopeo)
    const stored = await inTurns(runs, ourPull, skopeo)
    const unpacked = await inTurns(runs, ourPull, () => pullOnce(docker, name))
    const title = workload.name.toUpperCase()
    printComparisons(
      'pull',
      [
        compare(`copy ${title} into an OCI layout, as it came`, 'skopeo', asItCame, 0.6),
        compare(`pull ${title} into the store, unpacked and checked`, 'skopeo', stored, 0.6),
        compare(`pull and unpack ${title}`, 'dockerd', unpacked, UNPACK[workload.name]),
      ],
      await versionsOf('skopeo', 'dockerd'),
    )
  })
}

/** dockerd makes 60,000 files of the one workload and two of the other. */
const UNPACK: Record<string, number> = { w2: 0.55, w3: 0.45 }

function compare(job: string, peer: string, turns: Turns, goal: number | undefined): Comparison {
  return {
    job,
    unit: 'ms',
    ours: turns.ours,
    peer: { name: peer, runs: turns.peer },
    goal: goal ?? null,
  }
}

/** What skopeo does as well: the packed layers are checked and kept, and not looked into. */
async function copyToFile(side: Side, name: string): Promise<number> {
  const file = join(side.path, 'copy.tar')
  await rm(file, { force: true })
  await settle(side.path)
  const source = {
    kind: 'registry' as const,
    reference: `${name}:latest`,
    protocol: 'http' as const,
  }
  return timed(() => copyBy(side, { source, target: { kind: 'archive', path: file } }))
}

async function pullOnce({ client, path }: Side, name: string): Promise<number> {
  await settle(path)
  const time = await timed(async () => {
    const said = await client.text('POST', `/images/create?fromImage=${name}&tag=latest`)
    if (!said.includes('Downloaded newer image')) throw new Error(said.slice(-500))
  })
  await client.text('DELETE', `/images/${name}:latest?force=1`)
  return time
}
