/** What is kept of an image beside its config: `images/<algorithm>/<hex>.json`. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { namesIn, removeFile, writeFileAtomic } from '../blob/disk'
import { digestPath, type RootPaths } from '../blob/paths'
import { type Digest, isDigest } from '../oci/digest'
import { descriptorSchema, digestSchema } from '../oci/manifest'

const recordSchema = z.strictObject({
  id: digestSchema,
  /** Milliseconds. */
  created: z.number(),
  diffIds: z.array(digestSchema),
  parent: digestSchema.nullable(),
  manifests: z.array(descriptorSchema),
})
export type ImageRecord = z.infer<typeof recordSchema>

export interface DamagedRecord {
  path: string
  reason: string
}

export class ImageRecords {
  readonly #paths: RootPaths
  readonly #records = new Map<Digest, ImageRecord>()
  /** Files that could not be read; fsck tells of them. */
  readonly damaged: DamagedRecord[] = []

  static async open(paths: RootPaths): Promise<ImageRecords> {
    const records = new ImageRecords(paths)
    for (const algorithm of ['sha256', 'sha512']) await records.#readFolder(algorithm)
    return records
  }

  private constructor(paths: RootPaths) {
    this.#paths = paths
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

  async #readFolder(algorithm: string): Promise<void> {
    const folder = join(this.#paths.images, algorithm)
    for (const name of await namesIn(folder)) {
      const path = join(folder, name)
      const id = `${algorithm}:${name.replace(/\.json$/, '')}`
      try {
        const record = recordSchema.parse(JSON.parse(await readFile(path, 'utf8')))
        if (!isDigest(id) || record.id !== id) throw new SyntaxError('it is of another image')
        this.#records.set(id, record)
      } catch (error) {
        if (!(error instanceof SyntaxError || error instanceof z.ZodError)) throw error
        this.damaged.push({ path, reason: error.message })
      }
    }
  }
}
