/**
 * One process owns a root. The lock is a file with the owner's pid and, where the system tells, when
 * that process began, so that a pid which was given out again does not keep a dead owner's lock.
 */
import { randomBytes } from 'node:crypto'
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { LaminaError } from '@shared/errors'
import { errno, isMissing, makeFolder, onDisk } from './disk'
import type { RootPaths } from './paths'

const ownerSchema = z.object({ pid: z.int().positive(), started: z.string().nullable() })
type Owner = z.infer<typeof ownerSchema>

/** Two processes that take over a stale lock at once see in this time (ms) which of them has it. */
const SETTLE = 40

export interface RootLock {
  release(): Promise<void>
}

/** Takes the root. Throws `root_locked` when another living process has it. */
export async function lockRoot(paths: RootPaths): Promise<RootLock> {
  await makeFolder(paths.root)
  return onDisk(paths.root, async () => {
    const text = JSON.stringify({
      pid: process.pid,
      started: await processStart(process.pid),
      nonce: randomBytes(8).toString('hex'),
    })
    const own = `${paths.lock}.${process.pid}.${randomBytes(4).toString('hex')}`
    await writeFile(own, text, { mode: 0o600 })
    try {
      await take(paths, own, text)
    } finally {
      await rm(own, { force: true })
    }
    return {
      release: async () => {
        if ((await readLock(paths.lock)) === text) await rm(paths.lock, { force: true })
      },
    }
  })
}

async function take(paths: RootPaths, own: string, text: string): Promise<void> {
  for (;;) {
    try {
      // A link appears with its whole content and fails when the name is taken.
      await link(own, paths.lock)
      return
    } catch (error) {
      if (errno(error) !== 'EEXIST' && !(await createWithoutLink(paths.lock, text, error))) {
        throw error
      }
    }
    const found = await readLock(paths.lock)
    if (found === null) continue
    if (found === text) return
    const owner = parseOwner(found)
    if (owner && (await isAlive(owner))) {
      throw new LaminaError('root_locked', { path: paths.root }, { cause: `process ${owner.pid}` })
    }
    if ((await readLock(paths.lock)) !== found) continue
    await rename(own, paths.lock)
    await delay(SETTLE)
    if ((await readLock(paths.lock)) === text) return
    throw new LaminaError('root_locked', { path: paths.root })
  }
}

/** For file systems without hard links (exFAT). True: look at the lock (again), it exists now. */
async function createWithoutLink(path: string, text: string, cause: unknown): Promise<boolean> {
  if (!['EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP'].includes(errno(cause) ?? '')) return false
  try {
    await writeFile(path, text, { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    return errno(error) === 'EEXIST'
  }
}

async function readLock(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

/** Null: nothing that a process of ours writes, so nobody's lock. */
function parseOwner(text: string): Owner | null {
  try {
    return ownerSchema.parse(JSON.parse(text))
  } catch {
    return null
  }
}

async function isAlive(owner: Owner): Promise<boolean> {
  try {
    process.kill(owner.pid, 0)
  } catch (error) {
    return errno(error) === 'EPERM'
  }
  // The own pid counts as well: a second store on one root is as wrong as a second process.
  const found = await processState(owner.pid)
  if (found === null) return true
  return !found.ended && (owner.started === null || found.started === owner.started)
}

async function processStart(pid: number): Promise<string | null> {
  return (await processState(pid))?.started ?? null
}

/** When a process began, in the kernel's ticks since boot (proc(5), stat); null where unknown. */
async function processState(pid: number): Promise<{ started: string; ended: boolean } | null> {
  if (process.platform !== 'linux') return null
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    // The second field is the command in parentheses, which may have spaces in it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const started = fields[19]
    // A zombie has been killed and only waits for its parent.
    return started === undefined ? null : { started, ended: /^[ZX]/.test(fields[0] ?? '') }
  } catch {
    return null
  }
}
