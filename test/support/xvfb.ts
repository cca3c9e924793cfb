import { access } from 'node:fs/promises'
import { startService } from './child'
import { waitFor } from './temp'

export interface Display {
  /** For the environment of what is to be shown: {DISPLAY: ':99'}. */
  env: { DISPLAY?: string }
  stop(): Promise<void>
}

/** A virtual display of 1440 by 900, or with `reuse` the one that DISPLAY names. */
export async function startDisplay({ reuse = false } = {}): Promise<Display> {
  if (reuse && process.env.DISPLAY) return { env: {}, stop: async () => {} }
  for (let attempt = 0; attempt < 20; attempt++) {
    const number = 100 + Math.floor(Math.random() * 800)
    const socket = `/tmp/.X11-unix/X${number}`
    if (await exists(socket)) continue
    const screen = ['-screen', '0', '1440x900x24', '-nolisten', 'tcp', '-ac']
    const service = await startService('Xvfb', [`:${number}`, ...screen])
    await waitFor('Xvfb', async () => !service.isRunning() || (await exists(socket)))
    if (!service.isRunning()) continue
    return { env: { DISPLAY: `:${number}` }, stop: () => service.stop() }
  }
  throw new Error('cannot start Xvfb (package xvfb)')
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
