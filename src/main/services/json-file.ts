/** Small JSON files of the home folder: checked when read, written so that a crash leaves the old. */
import { readFile, rename } from 'node:fs/promises'
import type { z } from 'zod'
import { replacePrivateFile } from '../docker/replace-file'
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

  write(value: z.output<S>): Promise<void> {
    const text = JSON.stringify(value, null, 2) + '\n'
    const next = this.last.then(() =>
      replacePrivateFile(this.path, text).catch((thrown: unknown) => {
        throw fileError(thrown, this.path)
      }),
    )
    this.last = next.catch(() => undefined)
    return next
  }
}
