import type { TestProject } from 'vitest/node'
import { startDockerd } from './dockerd'
import { tempDir } from './temp'

declare module 'vitest' {
  export interface ProvidedContext {
    /** `unix:///…` of the daemon that all files of one vitest run share. */
    dockerHost: string
    /** A folder for what the files of the run leave; it goes when the run ends. */
    scratch: string
  }
}

/**
 * One dockerd for all test files of a vitest run ("real" and "e2e"). LAMINA_TEST_DOCKER=unix://…
 * names a daemon that is running already; its images are then the tests' to add and remove.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const scratch = await tempDir('lamcli')
  project.provide('scratch', scratch.path)
  const running = process.env.LAMINA_TEST_DOCKER
  if (running) {
    project.provide('dockerHost', running)
    return scratch.remove
  }
  const dockerd = await startDockerd()
  project.provide('dockerHost', dockerd.host)
  return async () => {
    await dockerd.stop()
    await scratch.remove()
  }
}
