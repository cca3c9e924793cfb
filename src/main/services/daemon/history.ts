/** What Lamina changed in settings of other programs: `daemon-changes.json` in its home folder. */
import { join } from 'node:path'
import { z } from 'zod'
import { JsonFile } from '../json-file'

const schema = z.object({
  changes: z.array(
    z.object({
      id: z.string(),
      /** The engine that it was changed for. */
      engine: z.string(),
      kind: z.enum(['list', 'certificate']),
      path: z.string(),
      /** Where the old file is; null: there was none. */
      backup: z.string().nullable(),
      /** Fingerprints of what was there and of what Lamina wrote. */
      before: z.string(),
      after: z.string(),
      /** Folders that were made for it, the innermost first. */
      folders: z.array(z.string()),
      at: z.number(),
    }),
  ),
})

export type MadeChange = z.output<typeof schema>['changes'][number]

/** Older ones are forgotten; their backups stay. */
const KEPT = 50

export class ChangeHistory {
  private readonly file: JsonFile<typeof schema>

  constructor(home: string) {
    this.file = new JsonFile(join(home, 'daemon-changes.json'), schema)
  }

  /** The newest change for an engine that was not taken back. */
  async last(engine: string): Promise<MadeChange | null> {
    return (await this.all()).filter((one) => one.engine === engine).at(-1) ?? null
  }

  async find(id: string): Promise<MadeChange | null> {
    return (await this.all()).find((one) => one.id === id) ?? null
  }

  async add(change: MadeChange): Promise<void> {
    await this.file.write({ changes: [...(await this.all()), change].slice(-KEPT) })
  }

  async forget(id: string): Promise<void> {
    await this.file.write({ changes: (await this.all()).filter((one) => one.id !== id) })
  }

  private async all(): Promise<MadeChange[]> {
    return (await this.file.read({ changes: [] })).changes
  }
}
