/** What is kept of an image beside its config: `images/<algorithm>/<hex>.json`. */
import { LaminaError } from '@shared/errors'
import { z } from 'zod'
import { AtMost } from '../blob/at-most'
import type { BlobStore } from '../blob/blob-store'
import { removeFile, writeFileAtomic } from '../blob/disk'
import { digestPath, type RootPaths } from '../blob/paths'
import type { Digest } from '../oci/digest'
import { type ImageConfig, parseImageConfig } from '../oci/image-config'
import { descriptorSchema, digestSchema } from '../oci/manifest'
import { type DamagedRecord, readRecords } from './record-files'

const recordSchema = z.strictObject({
  id: digestSchema,
  /** Milliseconds. */
  created: z.number(),
  diffIds: z.array(digestSchema),
  parent: digestSchema.nullable(),
  manifests: z.array(descriptorSchema),
  /** As in the config; the first records did not have them. */
  labels: z.record(z.string(), z.string()).nullable().optional(),
})
type WrittenRecord = z.infer<typeof recordSchema>
export type ImageRecord = WrittenRecord & { labels: Record<string, string> | null }

/** Records that are completed at once: most of the time they wait for the disk. */
const COMPLETED_AT_ONCE = 32

export class ImageRecords {
  readonly #paths: RootPaths
  readonly #records = new Map<Digest, ImageRecord>()
  /** Files that could not be read; fsck tells of them. */
  readonly damaged: readonly DamagedRecord[]

  static async open(paths: RootPaths, blobs: BlobStore): Promise<ImageRecords> {
    const { records: read, damaged } = await readRecords(paths.images, recordSchema, ({ id }) => id)
    const records = new ImageRecords(paths, damaged)
    for (const record of read)
      records.#records.set(record.id, { ...record, labels: record.labels ?? null })
    await records.#complete(
      read.filter(({ labels }) => labels === undefined),
      blobs,
    )
    return records
  }

  private constructor(paths: RootPaths, damaged: readonly DamagedRecord[]) {
    this.#paths = paths
    this.damaged = damaged
  }

  get(id: Digest): ImageRecord | null {
    return this.#records.get(id) ?? null
  }

  all(): ImageRecord[] {
    return [...this.#records.values()]
  }

  async put(record: ImageRecord): Promise<void> {
    const path = digestPath(this.#paths.images, record.id, '.json')
    await writeFileAtomic(this.#paths.ingest, path, JSON.stringify(record))
    this.#records.set(record.id, record)
  }

  async remove(id: Digest): Promise<void> {
    await removeFile(digestPath(this.#paths.images, id, '.json'))
    this.#records.delete(id)
  }

  /**
   * Gives the first records what they lack. A config that is missing or damaged (fsck tells of it)
   * and a disk that takes nothing keep no store shut: the next time it opens, it is tried again.
   */
  async #complete(records: readonly WrittenRecord[], blobs: BlobStore): Promise<void> {
    const turns = new AtMost(COMPLETED_AT_ONCE)
    const complete = async (record: WrittenRecord): Promise<void> => {
      try {
        const { id } = record
        const whole = { ...record, labels: labelsOf(parseImageConfig(await blobs.read(id), id)) }
        this.#records.set(id, whole)
        await this.put(whole)
      } catch (error) {
        if (!(error instanceof LaminaError)) throw error
      }
    }
    await Promise.all(records.map((record) => turns.run(() => complete(record))))
  }
}

export function labelsOf({ config }: ImageConfig): Record<string, string> | null {
  return config?.Labels ?? null
}
