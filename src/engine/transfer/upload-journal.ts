/**
 * Where uploads were left open, so that a push goes on after the engine was killed:
 * `transfers/uploads/<hash>.json`, one small file for each. What is in them is of use only to who may
 * push there anyway.
 */
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { z } from 'zod'
import { isMissing, makeFolder, namesIn } from '../blob/disk'
import type { Store } from '../image/types'
import { digestHex, digestOf, type Digest } from '../oci/digest'

/** Registries forget an upload sooner than this, ms. */
const LIFETIME = 7 * 24 * 3600 * 1000
/** Smaller blobs are sent again as quickly as their journal is written. */
const SMALLEST = 1024 * 1024

const schema = z.object({ key: z.string(), location: z.string(), at: z.number() })

export interface UploadKey {
  /** `https://host:port` of the registry. */
  origin: string
  repository: string
  digest: Digest
  size: number
}

export class UploadJournal {
  /** Writes of one file, in their order. */
  private readonly writes = new Map<string, Promise<void>>()

  private constructor(private readonly folder: string) {}

  static async of(store: Store): Promise<UploadJournal> {
    const folder = join(await store.folder('transfers'), 'uploads')
    await makeFolder(folder)
    return new UploadJournal(folder)
  }

  /** Where an upload of this blob was left, or null. */
  async find(upload: UploadKey): Promise<string | null> {
    if (upload.size < SMALLEST) return null
    const entry = await this.read(this.path(upload))
    return entry?.key === keyOf(upload) ? entry.location : null
  }

  note(upload: UploadKey, location: string): void {
    if (upload.size < SMALLEST) return
    const path = this.path(upload)
    const entry = JSON.stringify({ key: keyOf(upload), location, at: Date.now() })
    void this.after(path, async () => {
      const draft = `${path}.${randomBytes(4).toString('hex')}`
      await writeFile(draft, entry, { mode: 0o600 })
      await rename(draft, path)
    })
  }

  /** The blob has arrived. */
  async done(upload: UploadKey): Promise<void> {
    if (upload.size < SMALLEST) return
    const path = this.path(upload)
    await this.after(path, () => rm(path, { force: true }))
  }

  /** Forgets what no registry remembers any more. */
  async sweep(): Promise<void> {
    for (const name of await namesIn(this.folder)) {
      const path = join(this.folder, name)
      const entry = await this.read(path)
      if (!entry || entry.at < Date.now() - LIFETIME) await rm(path, { force: true })
    }
  }

  /** A journal that cannot be written costs a resume, and not the push. */
  private after(path: string, work: () => Promise<void>): Promise<void> {
    const last = this.writes.get(path) ?? Promise.resolve()
    const next = last.then(work).catch(() => undefined)
    this.writes.set(path, next)
    void next.then(() => this.writes.get(path) === next && this.writes.delete(path))
    return next
  }

  private async read(path: string): Promise<z.infer<typeof schema> | null> {
    try {
      return schema.parse(JSON.parse(await readFile(path, 'utf8')))
    } catch (error) {
      if (isMissing(error) || error instanceof SyntaxError || error instanceof z.ZodError) {
        return null
      }
      throw error
    }
  }

  private path(upload: UploadKey): string {
    return join(this.folder, `${digestHex(digestOf(keyOf(upload))).slice(0, 32)}.json`)
  }
}

function keyOf({ origin, repository, digest }: UploadKey): string {
  return `${origin}/${repository}@${digest}`
}
