/**
 * What cannot be given to files here: of a user who is not root owners, modes that would lock the user
 * out, and devices; of everybody extended attributes, for which Node has no call. For a volume it is kept beside its folder, so that what is copied in comes out the same:
 * one JSON line for each file, the last one of a path counts.
 */
import { appendFile, readFile } from 'node:fs/promises'
import { z } from 'zod'
import { isMissing, onDisk } from '../../blob/disk'
import type { LayerEntry } from '../../layer/types'
import { isWithin } from './tree'

const lineSchema = z.union([
  z.object({
    path: z.string(),
    type: z.enum(['file', 'directory', 'symlink', 'char', 'block', 'fifo']),
    mode: z.int(),
    uid: z.int(),
    gid: z.int(),
    device: z.tuple([z.int(), z.int()]),
    /** Base64 by name. */
    xattrs: z.record(z.string(), z.string()).optional(),
  }),
  z.object({ removed: z.string() }),
  z.object({ forgotten: z.string() }),
])
type Kept = Pick<LayerEntry, 'type' | 'mode' | 'uid' | 'gid' | 'devMajor' | 'devMinor' | 'xattrs'>

export class HostMetadata {
  private kept: Promise<Map<string, Kept>> | null = null

  constructor(private readonly file: string) {}

  /** What was kept of a path; null: the file itself says it all. */
  async get(path: string): Promise<Kept | null> {
    return (await this.all()).get(path) ?? null
  }

  /** A further name of a file has what was kept under its first one. */
  async link(path: string, target: string): Promise<void> {
    const kept = await this.get(target)
    if (kept) await this.set({ ...kept, path })
    else await this.forget(path)
  }

  async set({ path, ...entry }: Kept & { path: string }): Promise<void> {
    const { type, mode, uid, gid, devMajor, devMinor, xattrs } = entry
    ;(await this.all()).set(path, { type, mode, uid, gid, devMajor, devMinor, xattrs })
    const device = [devMajor, devMinor]
    await this.append({ path, type, mode, uid, gid, device, ...(xattrs && packXattrs(xattrs)) })
  }

  /** Forgets one path: the file itself says it all now. */
  async forget(path: string): Promise<void> {
    if (!(await this.all()).delete(path)) return
    await this.append({ forgotten: path })
  }

  /** Forgets a path and everything below it. */
  async remove(path: string): Promise<void> {
    const all = await this.all()
    const gone = [...all.keys()].filter((known) => isWithin(known, path))
    if (gone.length === 0) return
    for (const known of gone) all.delete(known)
    await this.append({ removed: path })
  }

  /** On a line of its own, whatever a crash left at the end. */
  private append(line: object): Promise<void> {
    return onDisk(this.file, () => appendFile(this.file, `\n${JSON.stringify(line)}`))
  }

  private all(): Promise<Map<string, Kept>> {
    this.kept ??= this.read()
    return this.kept
  }

  private async read(): Promise<Map<string, Kept>> {
    const all = new Map<string, Kept>()
    for (const text of (await readOrNothing(this.file)).split('\n')) {
      const line = parseLine(text)
      if (line === null) continue
      if ('removed' in line) {
        for (const path of all.keys()) if (isWithin(path, line.removed)) all.delete(path)
      } else if ('forgotten' in line) {
        all.delete(line.forgotten)
      } else {
        const { path, device, xattrs, ...rest } = line
        const [devMajor, devMinor] = device
        all.set(path, { ...rest, devMajor, devMinor, xattrs: xattrs ? unpackXattrs(xattrs) : null })
      }
    }
    return all
  }
}

type Xattrs = NonNullable<LayerEntry['xattrs']>

function packXattrs(xattrs: Xattrs): { xattrs: Record<string, string> } {
  const entries = [...xattrs].map(([name, value]) => [name, value.toString('base64')])
  return { xattrs: Object.fromEntries(entries) as Record<string, string> }
}

function unpackXattrs(xattrs: Record<string, string>): Xattrs {
  const entries = Object.entries(xattrs)
  return new Map(entries.map(([name, value]) => [name, Buffer.from(value, 'base64')]))
}

/** Null for an empty line, and for one that a crash cut off. */
function parseLine(text: string): z.infer<typeof lineSchema> | null {
  try {
    return lineSchema.parse(JSON.parse(text))
  } catch {
    return null
  }
}

async function readOrNothing(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (isMissing(error)) return ''
    throw error
  }
}
