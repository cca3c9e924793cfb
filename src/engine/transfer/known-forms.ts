/**
 * Which packed blob stands for a layer, remembered beyond the blob itself: a registry that has it
 * needs neither the layer nor its packing again. `transfers/forms.jsonl`, one line each; a lost line
 * costs work and nothing else.
 */
import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { isMissing, onDisk } from '../blob/disk'
import type { Store } from '../image/types'
import type { Digest } from '../oci/digest'
import { digestSchema, type Descriptor } from '../oci/manifest'

/** Lines that are kept when the file is read again. */
const MAX_LINES = 20_000

const lineSchema = z.object({
  /** The diffID of a layer, or the digest of a config. */
  of: digestSchema,
  mediaType: z.string(),
  digest: digestSchema,
  size: z.int().min(0),
})
type Line = z.infer<typeof lineSchema>

const opened = new WeakMap<Store, Promise<KnownForms>>()

export class KnownForms {
  /** The one of a store. */
  static of(store: Store): Promise<KnownForms> {
    const known = opened.get(store) ?? KnownForms.read(store)
    opened.set(store, known)
    return known
  }

  private constructor(
    private readonly path: string,
    private readonly forms: Map<Digest, Line>,
  ) {}

  get(of: Digest): Descriptor | null {
    const line = this.forms.get(of)
    return line ? { mediaType: line.mediaType, digest: line.digest, size: line.size } : null
  }

  async remember(of: Digest, { mediaType, digest, size }: Descriptor): Promise<void> {
    const before = this.forms.get(of)
    if (before?.digest === digest && before.mediaType === mediaType) return
    const line: Line = { of, mediaType, digest, size }
    this.forms.set(of, line)
    await onDisk(this.path, () => appendFile(this.path, text(line), { mode: 0o600 }))
  }

  private static async read(store: Store): Promise<KnownForms> {
    const path = join(await store.folder('transfers'), 'forms.jsonl')
    const forms = new Map<Digest, Line>()
    let lines = 0
    for (const one of (await readText(path)).split('\n')) {
      const line = parse(one)
      if (!line) continue
      lines++
      forms.delete(line.of) // the newest last
      forms.set(line.of, line)
    }
    if (lines > MAX_LINES) {
      const kept = [...forms.values()].slice(-MAX_LINES / 2)
      await onDisk(path, () => writeFile(path, kept.map(text).join(''), { mode: 0o600 }))
    }
    return new KnownForms(path, forms)
  }
}

function text(line: Line): string {
  return `${JSON.stringify(line)}\n`
}

/** Null for a line that was cut by a crash. */
function parse(line: string): Line | null {
  try {
    return lineSchema.parse(JSON.parse(line))
  } catch {
    return null
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (isMissing(error)) return ''
    throw error
  }
}
