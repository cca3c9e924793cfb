/**
 * Names to image ids: `references.json`. It is replaced as a whole, after everything that it refers
 * to is on the disk, so that a name never leads to nothing.
 */
import { readFile } from 'node:fs/promises'
import { LaminaError } from '@shared/errors'
import { z } from 'zod'
import { isMissing, onDisk, writeFileAtomic } from '../blob/disk'
import type { RootPaths } from '../blob/paths'
import type { Digest } from '../oci/digest'
import { digestSchema } from '../oci/manifest'

const fileSchema = z.strictObject({
  version: z.literal(1),
  /** `docker.io/library/busybox:latest` or `docker.io/library/busybox@sha256:…` to an image id. */
  references: z.record(z.string(), digestSchema),
  /** When an image was last given a name, in milliseconds. */
  lastTagged: z.record(z.string(), z.number()),
})

/** A change of some names: to an image, or away. */
export type ReferenceChange = ReadonlyMap<string, Digest | null>

export class ReferenceTable {
  readonly #paths: RootPaths
  #ids: Map<string, Digest>
  #names = new Map<Digest, Set<string>>()
  #lastTagged: Map<string, number>

  static async open(paths: RootPaths): Promise<ReferenceTable> {
    return onDisk(paths.references, async () => {
      try {
        const file = fileSchema.parse(JSON.parse(await readFile(paths.references, 'utf8')))
        return new ReferenceTable(paths, file.references, file.lastTagged)
      } catch (error) {
        if (isMissing(error)) return new ReferenceTable(paths, {}, {})
        if (!(error instanceof SyntaxError || error instanceof z.ZodError)) throw error
        const reason = 'it is not what Lamina writes'
        throw new LaminaError('store_damaged', { path: paths.references, reason }, { cause: error })
      }
    })
  }

  private constructor(
    paths: RootPaths,
    references: Record<string, Digest>,
    lastTagged: Record<string, number>,
  ) {
    this.#paths = paths
    this.#ids = new Map(Object.entries(references))
    this.#lastTagged = new Map(Object.entries(lastTagged))
    this.#invert()
  }

  get(name: string): Digest | null {
    return this.#ids.get(name) ?? null
  }

  /** Full names of an image, sorted. */
  namesOf(id: Digest): string[] {
    return [...(this.#names.get(id) ?? [])].sort()
  }

  lastTagged(id: Digest): number {
    return this.#lastTagged.get(id) ?? 0
  }

  entries(): IterableIterator<[string, Digest]> {
    return this.#ids.entries()
  }

  /**
   * Writes all of the changes in one step; in memory only when they are on the disk.
   * @param tagged whether somebody gave these tags: those that come with an image count for no date
   */
  async change(changes: ReferenceChange, { tagged = true } = {}): Promise<void> {
    const ids = new Map(this.#ids)
    const lastTagged = new Map(this.#lastTagged)
    for (const [name, id] of changes) {
      if (id === null) ids.delete(name)
      else ids.set(name, id)
      if (id !== null && tagged && !name.includes('@')) lastTagged.set(id, Date.now())
    }
    const named = new Set<string>(ids.values())
    for (const id of lastTagged.keys()) if (!named.has(id)) lastTagged.delete(id)
    const file = {
      version: 1,
      references: Object.fromEntries(ids),
      lastTagged: Object.fromEntries(lastTagged),
    }
    await writeFileAtomic(this.#paths.ingest, this.#paths.references, JSON.stringify(file))
    this.#ids = ids
    this.#lastTagged = lastTagged
    this.#invert()
  }

  #invert(): void {
    this.#names = new Map()
    for (const [name, id] of this.#ids) {
      const names = this.#names.get(id)
      if (names) names.add(name)
      else this.#names.set(id, new Set([name]))
    }
  }
}
