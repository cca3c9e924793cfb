/**
 * `npm run bench -- pull [--workload w2|w3] [--runs N]`: an image from a docker-registry into the
 * bundled store (hashed, indexed, synced), and by skopeo into an OCI layout.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { startRegistry } from '../test/support/registry'
import { runOk } from '../test/support/run'
import { withCleanup } from './lib/cleanup'
import { freshFileSystem, settle } from './lib/file-system'
import { printComparisons } from './lib/report'
import { loadImage, startLamina, versionsOf, type Side } from './lib/sides'
import { transferOptions } from './lib/transfer-options'
import { inTurns, timed } from './lib/turns'
import { archive, layerFiles, warm } from './lib/workloads'

export default async function pull(args: string[]): Promise<void> {
  const { runs, workload } = await transferOptions(args)
  await warm(await layerFiles(workload, 'gzip'))
  await withCleanup(async (cleanup) => {
    const ours = await startLamina(cleanup, { space: 6 })
    const folder = await freshFileSystem(cleanup, 4)
    const registry = await startRegistry()
    cleanup.add(() => registry.stop())
    const image = `bench/${workload.name}`
    const name = `${registry.address}/${image}`
    await loadImage(ours, await archive(workload, 'gzip'))
    await ours.client.text('POST', `/images/${image}/tag?repo=${name}&tag=latest`)
    await ours.client.text('POST', `/images/${name}/push?tag=latest`)
    await ours.client.text('DELETE', `/images/${image}?force=1`)
    await ours.client.text('DELETE', `/images/${name}?force=1`)
    const turns = await inTurns(
      runs,
      () => pullOnce(ours, name),
      async () => {
        const layout = join(folder, 'layout')
        await rm(layout, { recursive: true, force: true })
        await settle(folder)
        const way = [`docker://${name}:latest`, `oci:${layout}:latest`]
        const args = ['copy', '-q', '--src-tls-verify=false', ...way]
        return timed(() => runOk('skopeo', args, { timeout: 600_000 }))
      },
    )
    const job = `pull ${workload.name.toUpperCase()} into the store`
    printComparisons(
      'pull',
      [
        {
          job,
          unit: 'ms',
          goal: 0.6,
          ours: turns.ours,
          peer: { name: 'skopeo', runs: turns.peer },
        },
      ],
      await versionsOf('skopeo'),
    )
  })
}

async function pullOnce({ client, path }: Side, name: string): Promise<number> {
  await client.text('POST', '/lamina/v1/gc')
  await settle(path)
  const time = await timed(async () => {
    const said = await client.text('POST', `/images/create?fromImage=${name}&tag=latest`)
    if (!said.includes('Downloaded newer image')) throw new Error(said.slice(-500))
  })
  await client.text('DELETE', `/images/${name}:latest?force=1`)
  return time
}
