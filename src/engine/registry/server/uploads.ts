/**
 * Uploads under way, in `uploads/`: `<id>` has the bytes, `<id>.json` says of which repository. Those
 * that an earlier process left are found again; those that nobody goes on with expire.
 */
import { randomUUID } from 'node:crypto'
import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { makeFolder, namesIn, onDisk } from '../../blob/disk'
import type { DigestAlgorithm } from '../../oci/digest'
import { isRepositoryName } from './names'
import { Upload } from './upload'

const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const noteSchema = z.object({
  repository: z.string().refine(isRepositoryName),
  algorithm: z.enum(['sha256', 'sha512']),
})

export class Uploads {
  readonly #folder: string
  readonly #uploads = new Map<string, Upload>()

  static async open(folder: string): Promise<Uploads> {
    await makeFolder(folder)
    const uploads = new Uploads(folder)
    await onDisk(folder, () => uploads.#load())
    return uploads
  }

  private constructor(folder: string) {
    this.#folder = folder
  }

  get size(): number {
    return this.#uploads.size
  }

  create(repository: string, algorithm: DigestAlgorithm): Upload {
    return this.#add(randomUUID(), repository, algorithm, 0)
  }

  get(id: string, repository: string): Upload | undefined {
    const upload = this.#uploads.get(id)
    return upload?.repository === repository && !upload.over ? upload : undefined
  }

  /** Forgets an upload, with its bytes where they are still its own. */
  async remove(upload: Upload): Promise<void> {
    this.#uploads.delete(upload.id)
    await upload.remove()
    await rm(this.#note(upload.id), { force: true })
  }

  /** Removes those that have taken no bytes for so long, ms. Answers with their number. */
  async expire(age: number): Promise<number> {
    const old = [...this.#uploads.values()].filter(({ touched }) => touched < Date.now() - age)
    for (const upload of old) await this.remove(upload)
    return old.length
  }

  async close(): Promise<void> {
    for (const upload of this.#uploads.values()) {
      await upload.flush().catch(() => undefined)
      await upload.close()
    }
  }

  #add(id: string, repository: string, algorithm: DigestAlgorithm, stored: number): Upload {
    const announce = () =>
      writeFile(this.#note(id), JSON.stringify({ repository, algorithm }), { mode: 0o600 })
    const path = join(this.#folder, id)
    const upload = new Upload(id, repository, path, algorithm, announce, stored)
    this.#uploads.set(id, upload)
    return upload
  }

  #note(id: string): string {
    return join(this.#folder, `${id}.json`)
  }

  async #load(): Promise<void> {
    const names = await namesIn(this.#folder)
    for (const name of names) {
      const id = name.replace(/\.json$/, '')
      const file = join(this.#folder, id)
      const found = await stat(file).catch(() => null)
      const note = await this.#readNote(id)
      if (!ID.test(id) || !found || !note) await rm(join(this.#folder, name), { force: true })
      else if (name === id)
        this.#add(id, note.repository, note.algorithm, found.size).touched = found.mtimeMs
    }
  }

  async #readNote(id: string): Promise<z.infer<typeof noteSchema> | null> {
    try {
      return noteSchema.parse(JSON.parse(await readFile(this.#note(id), 'utf8')))
    } catch {
      return null
    }
  }
}
