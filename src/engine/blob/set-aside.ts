/**
 * Records that cannot be read are set aside under `.damaged-NAME`, so that the rest goes on and a
 * person can still look into them.
 */
import { randomBytes } from 'node:crypto'
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { ZodError } from 'zod'
import { errno, namesIn, onDisk, syncFolder } from './disk'

const PREFIX = '.damaged-'
/** The file is not there, or something else is in its place. */
const NOT_A_FILE = ['ENOENT', 'EISDIR', 'ENOTDIR']

export interface SetAside {
  /** Where it was. */
  path: string
  /** Where it lies now; null: there was nothing to set aside. */
  aside: string | null
  reason: string
}

/** Why a record could not be read, where its content is to blame; null for failures of the disk. */
export function damageOf(error: unknown): string | null {
  if (error instanceof SyntaxError) return error.message
  if (error instanceof ZodError) {
    const issue = error.issues[0]
    return `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`
  }
  return NOT_A_FILE.includes(errno(error) ?? '') ? (error as Error).message : null
}

/** Moves `path` (a file or a folder) to `.damaged-NAME` in `folder`. Keeps what lies there already. */
export async function setAside(
  folder: string,
  path: string,
  name: string,
  reason: string,
): Promise<SetAside> {
  const taken = new Set(await namesIn(folder))
  let aside = `${PREFIX}${name}`
  while (taken.has(aside)) aside = `${PREFIX}${name}-${randomBytes(3).toString('hex')}`
  await onDisk(path, async () => {
    await rename(path, join(folder, aside))
    await syncFolder(folder)
  })
  return { path, aside: join(folder, aside), reason }
}

/** What has been set aside in a folder, now or earlier: paths, sorted. */
export async function listSetAside(folder: string): Promise<string[]> {
  const names = (await namesIn(folder)).filter((name) => name.startsWith(PREFIX))
  return names.sort().map((name) => join(folder, name))
}
