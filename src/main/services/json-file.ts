/** Small JSON files of the home folder: checked when read, written so that a crash leaves the old. */
import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { z } from 'zod'
import { fileError } from './file-errors'

export class JsonFile<S extends z.ZodType> {
  /** Writes go one after the other. */
  private last: Promise<void> = Promise.resolve()

  constructor(
    readonly path: string,
    private readonly schema: S,
  ) {}

  /**
   * The file's value, or `missing` where there is no file. A damaged file is put aside as
   * `….damaged`, so that a person can look at it, and counts as missing.
   */
  async read(missing: z.output<S>): Promise<z.output<S>> {
    let text: string
    try {
      text = await readFile(this.path, 'utf8')
    } catch (thrown) {
      const error = fileError(thrown, this.path)
      if (error.code === 'file_missing') return missing
      throw error
    }
    try {
      return this.schema.parse(JSON.parse(text))
    } catch {
      await rename(this.path, `${this.path}.damaged`).catch(() => undefined)
      return missing
    }
  }

  /** Writes aside, syncs, renames. For the owner only. */
  write(value: z.output<S>): Promise<void> {
    const next = this.last.then(() => this.replace(JSON.stringify(value, null, 2) + '\n'))
    this.last = next.catch(() => undefined)
    return next
  }

  private async replace(text: string): Promise<void> {
    const aside = `${this.path}.${randomBytes(6).toString('hex')}.part`
    try {
      await mkdir(dirname(this.path), { recursive: true, mode: 0o700 })
      const file = await open(aside, 'wx', 0o600)
      try {
        await file.writeFile(text)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(aside, this.path)
    } catch (thrown) {
      await rm(aside, { force: true }).catch(() => undefined)
      throw fileError(thrown, this.path)
    }
  }
}
