/** Records as small JSON files: `<folder>/<algorithm>/<hex>.json`. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { namesIn } from '../blob/disk'
import { digestPath } from '../blob/paths'
import type { Digest } from '../oci/digest'

/** A file that could not be read; fsck tells of it. */
export interface DamagedRecord {
  path: string
  reason: string
}

/**
 * Every record of a folder. They are read without giving way to other work, of which there is none
 * while a store opens: several times as fast with ten thousand of them.
 * @param digestOf what a record is about, by which its file is named
 */
export async function readRecords<T>(
  folder: string,
  schema: z.ZodType<T>,
  digestOf: (record: T) => Digest,
): Promise<{ records: T[]; damaged: DamagedRecord[] }> {
  const records: T[] = []
  const damaged: DamagedRecord[] = []
  for (const algorithm of ['sha256', 'sha512']) {
    for (const name of await namesIn(join(folder, algorithm))) {
      const path = join(folder, algorithm, name)
      try {
        const record = schema.parse(JSON.parse(readFileSync(path, 'utf8')))
        if (path !== digestPath(folder, digestOf(record), '.json'))
          throw new SyntaxError('it is of something else than its name says')
        records.push(record)
      } catch (error) {
        if (!(error instanceof SyntaxError || error instanceof z.ZodError)) throw error
        damaged.push({ path, reason: error.message })
      }
    }
  }
  return { records, damaged }
}
