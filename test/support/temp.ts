import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'

export interface TempDir {
  path: string
  remove(): Promise<void>
}

/**
 * Makes an empty folder of mode 0700 under /tmp: a short path, since a unix socket's path may have
 * at most about 100 bytes.
 */
export async function tempDir(name = 'lamina'): Promise<TempDir> {
  const path = await mkdtemp(join('/tmp', `${name}-`))
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 3 }) }
}

/** A TCP port that was free a moment ago on `host`. */
export function freePort(host = '127.0.0.1'): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, host, () => {
      const address = server.address()
      const port = typeof address === 'object' && address ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}

/**
 * Calls `probe` until it answers with something other than undefined, false or null, and answers
 * with that. A throw counts as "not yet". Rejects after `timeout` ms with the last reason.
 */
export async function waitFor<T>(
  what: string,
  probe: () => Promise<T | undefined | null | false> | T | undefined | null | false,
  { timeout = 30_000, every = 50 }: { timeout?: number; every?: number } = {},
): Promise<T> {
  const end = Date.now() + timeout
  let reason: unknown
  for (;;) {
    try {
      const value = await probe()
      if (value !== undefined && value !== null && value !== false) return value
    } catch (cause) {
      reason = cause
    }
    if (Date.now() > end) {
      throw new Error(`${what}: not after ${timeout} ms`, { cause: reason })
    }
    await new Promise((resolve) => setTimeout(resolve, every))
  }
}
