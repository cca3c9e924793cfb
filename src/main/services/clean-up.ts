/**
 * Removes what a person chose from a preview, by id and never by force: what changed since then, or
 * has come into use, stays and is named in the report.
 */
import type { CallInput } from '@shared/contract'
import { LaminaError, toAppError } from '@shared/errors'
import type { CleanUpReport, StorageContents } from '@shared/storage'
import { removeContainer } from '../docker/containers'
import { findImage, removeImage } from '../docker/images'
import { removeVolume } from '../docker/volumes'
import type { DockerClient } from '../docker/client'
import type { EngineConnection } from './engines'
import { readContents } from './storage-contents'
import type { TaskRun } from './tasks'

type Chosen = CallInput<'storage.cleanUp'>

/** Items of the task, in the order in which things go. */
const KINDS = ['containers', 'images', 'volumes'] as const

/** Containers first, for they hold images and volumes. A cancel ends it between two removals. */
export async function cleanUp(
  connection: EngineConnection,
  chosen: Chosen,
  run: TaskRun,
): Promise<CleanUpReport> {
  const { client } = connection
  const before = await readContents(connection, run.signal)
  const report: CleanUpReport = { lines: [], freed: 0, failed: [] }
  for (const kind of KINDS) {
    const total = chosen[kind].length
    if (total > 0) run.item(kind, { status: 'Removing', total, unit: 'things' })
  }
  const each = async <T>(
    kind: (typeof KINDS)[number],
    things: readonly T[],
    name: (thing: T) => string,
    remove: (thing: T) => Promise<void>,
  ) => {
    for (const [index, thing] of things.entries()) {
      if (run.signal.aborted) throw new LaminaError('cancelled')
      try {
        await remove(thing)
      } catch (thrown) {
        if (run.signal.aborted) throw thrown
        report.failed.push({ name: name(thing), error: toAppError(thrown) })
      }
      run.item(kind, { state: 'working', done: index + 1 })
    }
    if (things.length > 0) run.item(kind, { state: 'done' })
  }

  const names = new Map(before.containers.map(({ id, name }) => [id, name]))
  await each(
    'containers',
    chosen.containers,
    (id) => names.get(id) ?? id,
    async (id) => {
      await removeContainer(client, id, { force: false, volumes: false })
      report.lines.push({ kind: 'container', name: names.get(id) ?? id })
    },
  )
  await each(
    'images',
    chosen.images,
    ({ id, references }) => references[0] ?? id,
    (image) => removeChosenImage(client, image, report),
  )
  await each(
    'volumes',
    chosen.volumes,
    (name) => name,
    async (name) => {
      await removeVolume(client, name)
      report.lines.push({ kind: 'volume', name })
    },
  )
  const after = await readContents(connection, run.signal)
  report.freed = freedBytes(before, after)
  return report
}

/** Takes an image's names away one after the other; the last one takes the image with it. */
async function removeChosenImage(
  client: DockerClient,
  { id, references }: Chosen['images'][number],
  report: CleanUpReport,
): Promise<void> {
  const { repoTags, repoDigests } = await findImage(client, id)
  const now = [...repoTags, ...repoDigests]
  if (now.some((name) => !references.includes(name))) {
    throw new LaminaError('changed_meanwhile', { name: references[0] ?? id })
  }
  const gone = new Set<string>()
  for (const name of now.length === 0 ? [id] : now) {
    // With the last tag of a repository its digests went, too.
    if (gone.has(name)) continue
    const { untagged, deleted } = await removeImage(client, name, false)
    for (const one of untagged) {
      gone.add(one)
      report.lines.push({ kind: 'untagged', name: one })
    }
    for (const one of deleted) report.lines.push({ kind: 'deleted', name: one })
    if (deleted.includes(id)) return
  }
}

/** Bytes of what was there before and is not any more. */
export function freedBytes(before: StorageContents, after: StorageContents): number {
  const layers = new Set(after.layers.map(keyOf))
  const containers = new Set(after.containers.map(({ id }) => id))
  const volumes = new Set(after.volumes.map(({ name }) => name))
  const sum = (sizes: (number | null)[]) =>
    sizes.reduce<number>((all, size) => all + (size ?? 0), 0)
  return (
    sum(
      before.layers
        .filter((layer) => !layers.has(keyOf(layer)))
        .map(({ size, stored }) => stored ?? size),
    ) +
    sum(before.containers.filter(({ id }) => !containers.has(id)).map(({ size }) => size)) +
    sum(before.volumes.filter(({ name }) => !volumes.has(name)).map(({ size }) => size))
  )
}

/** Only the bundled engine tells what a layer takes, and keeps it by its diffID. */
function keyOf({ stored, diffId, chainId }: StorageContents['layers'][number]): string {
  return stored === null ? chainId : diffId
}
