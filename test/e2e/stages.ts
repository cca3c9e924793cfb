import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { PROJECT } from '../support/project'
import type { RunningApp } from './app'

/**
 * Steps of one flow, each a test of its own that begins where the one before ended. After a failed
 * step (of which a picture is kept in .cache/e2e) the others fail at once instead of waiting.
 */
export function stages(app: () => RunningApp): (name: string, step: () => Promise<void>) => void {
  let failed: string | null = null
  return (name, step) => {
    it(name, async () => {
      if (failed !== null) throw new Error(`not tried, since “${failed}” failed`)
      try {
        await step()
      } catch (cause) {
        failed = name
        await keepPicture(app(), expect.getState().currentTestName ?? name)
        throw cause
      }
    })
  }
}

async function keepPicture(app: RunningApp | undefined, name: string): Promise<void> {
  const folder = join(PROJECT, '.cache/e2e')
  await mkdir(folder, { recursive: true })
  const path = join(folder, `${name.replace(/[^\p{L}\d]+/gu, '-').slice(-120)}.png`)
  await app?.page.screenshot({ path }).catch(() => undefined)
}
