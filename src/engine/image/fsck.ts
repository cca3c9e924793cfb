/** Checks a store: every blob against its name, every record against what it refers to. */
import { isDeepStrictEqual } from 'node:util'
import type { BlobStore } from '../blob/blob-store'
import { LaminaError } from '@shared/errors'
import { Digester, digestAlgorithm, type Digest } from '../oci/digest'
import { labelsOf, type ImageRecords } from './image-records'
import type { DamagedRecord } from './record-files'
import type { ReferenceTable } from './reference-table'
import type {
  FsckOptions,
  FsckProblem,
  FsckReport,
  ImageStore,
  LayerStore,
  StoredLayer,
} from './types'

export interface FsckParts {
  blobs: BlobStore
  layers: LayerStore & { damaged: readonly DamagedRecord[] }
  records: ImageRecords
  references: ReferenceTable
  images: ImageStore
}

/**
 * `quick` reads no blob. `repair` sets damaged blobs aside and forgets the layers that need them, so
 * that the next pull or load brings them again.
 */
export async function fsck(
  { blobs, layers, records, references, images }: FsckParts,
  { quick = false, repair = false, signal, progress }: FsckOptions = {},
): Promise<FsckReport> {
  const unreadable = [...layers.damaged, ...records.damaged]
  const problems: FsckProblem[] = unreadable.map(({ path, reason }) => ({
    kind: 'file',
    subject: path,
    problem: reason,
  }))
  const report = { blobs: 0, layers: 0, images: 0, references: 0, problems }
  const found = (kind: FsckProblem['kind'], subject: string, problem: string) =>
    void problems.push({ kind, subject, problem })
  const goOn = () => {
    if (signal?.aborted) throw new LaminaError('cancelled')
  }

  const total = quick || !progress ? null : await bytesToRead(blobs, layers)
  let done = 0
  const read = (count: number) => {
    goOn()
    done += count
    progress?.(done, total)
  }

  const present = new Map<Digest, number>()
  /** What was not there may have come since: pulls, pushes and builds go on beside. */
  const lookAgain = async (digest: Digest): Promise<void> => {
    const info = present.has(digest) ? null : await blobs.stat(digest)
    if (info) present.set(digest, info.size)
  }
  for await (const { digest, size } of blobs.list()) {
    goOn()
    report.blobs++
    const isWhole = quick || (await verified(blobs, digest, read))
    if (isWhole === null) continue
    if (!isWhole) {
      found('blob', digest, 'its content is not what its name says')
      if (repair) {
        await blobs.setAside(digest)
        continue
      }
    }
    present.set(digest, size)
  }

  for (const layer of layers.list()) {
    goOn()
    report.layers++
    for (const { digest } of layer.forms) await lookAgain(digest)
    const wrong = await layerProblems(layers, layer, present, quick, read)
    // Work goes on beside: it may have been removed.
    if (!layers.get(layer.diffId)) continue
    for (const { kind, text } of wrong) found(kind, layer.diffId, text)
    if (repair && wrong.some(({ kind }) => kind === 'layer')) await layers.remove(layer.diffId)
  }

  for (const { id, diffIds, manifests, labels } of records.all()) {
    goOn()
    report.images++
    for (const digest of [id, ...manifests.map((one) => one.digest)]) await lookAgain(digest)
    if (!records.get(id)) continue
    if (!present.has(id)) found('image', id, 'its config is missing')
    for (const { digest } of manifests)
      if (!present.has(digest)) found('image', id, `its manifest ${digest} is missing`)
    for (const diffId of diffIds)
      if (!layers.get(diffId)) found('image', id, `its layer ${diffId} is missing`)
    const config = await readable(() => images.config(id))
    if (config instanceof Error) found('image', id, config.message)
    else if (config.rootfs.diff_ids.join() !== diffIds.join())
      found('image', id, 'its record and its config name different layers')
    else if (!isDeepStrictEqual(labelsOf(config), labels))
      found('image', id, 'its record and its config have different labels')
  }

  for (const [name, id] of references.entries()) {
    report.references++
    if (!records.get(id)) found('reference', name, `it names ${id}, which is missing`)
  }
  return report
}

/** Whether its bytes are what its name says; null: it has been removed since it was listed. */
async function verified(
  blobs: BlobStore,
  digest: Digest,
  read: (count: number) => void,
): Promise<boolean | null> {
  try {
    return await blobs.verify(digest, read)
  } catch (error) {
    if (error instanceof LaminaError && error.code === 'not_found') return null
    throw error
  }
}

async function layerProblems(
  layers: LayerStore,
  { diffId, forms }: StoredLayer,
  present: Map<Digest, number>,
  quick: boolean,
  read: (count: number) => void,
): Promise<{ kind: FsckProblem['kind']; text: string }[]> {
  const problems: { kind: FsckProblem['kind']; text: string }[] = []
  for (const { digest, size } of forms) {
    if (!present.has(digest))
      problems.push({ kind: 'layer', text: `its blob ${digest} is missing` })
    else if (present.get(digest) !== size)
      problems.push({ kind: 'layer', text: `its blob ${digest} has another size than its record` })
  }
  if (forms.length === 0) problems.push({ kind: 'layer', text: 'it has no blob' })
  if (problems.length > 0 || quick) return problems
  if (isPacked({ diffId, forms })) {
    const actual = await readable(() => tarDigest(layers, diffId, read))
    if (actual instanceof Error) problems.push({ kind: 'layer', text: actual.message })
    else if (actual !== diffId)
      problems.push({ kind: 'layer', text: 'its tar is not what its diffID says' })
  }
  const index = await readable(() => layers.index(diffId))
  if (index instanceof Error) problems.push({ kind: 'index', text: index.message })
  return problems
}

/** A plain blob under the diffID's own name has been verified as a blob. */
function isPacked({ diffId, forms }: Pick<StoredLayer, 'diffId' | 'forms'>): boolean {
  return forms[0]?.digest !== diffId
}

/** Every blob as it lies there, and the tar of every layer that is packed. */
async function bytesToRead(blobs: BlobStore, layers: LayerStore): Promise<number> {
  let bytes = 0
  for await (const { size } of blobs.list()) bytes += size
  for (const layer of layers.list()) if (isPacked(layer)) bytes += layer.size
  return bytes
}

async function tarDigest(
  layers: LayerStore,
  diffId: Digest,
  read: (count: number) => void,
): Promise<Digest> {
  const digester = new Digester(digestAlgorithm(diffId))
  for await (const chunk of await layers.uncompressed(diffId)) {
    digester.update(chunk)
    read(chunk.length)
  }
  return digester.digest()
}

/** What is damaged is a finding, and no end of the check; a cancel is one. */
async function readable<T>(read: () => Promise<T>): Promise<T | Error> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof LaminaError && error.code === 'cancelled') throw error
    return error instanceof Error ? error : new Error(String(error))
  }
}
