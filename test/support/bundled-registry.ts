import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { startService, type Service } from './child'
import { PROJECT } from './project'
import { tempDir, waitFor } from './temp'

/** LAMINA_TEST_REGISTRY names another build of the registry than the project's own. */
export const REGISTRY_ENTRY =
  process.env.LAMINA_TEST_REGISTRY ?? join(PROJECT, 'out/main/registry.cjs')

export interface BundledRegistry {
  port: number
  /** host:port, as it stands in a reference. */
  address: string
  /** http(s)://host:port */
  url: string
  root: string
  readonly pid: number
  log(): string
  /** kill -9 */
  kill(): Promise<void>
  /** Ends it when it runs, and starts it again on the same root and port. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/**
 * Starts the built registry (`out/main/registry.cjs`) in plain Node on a free port of loopback.
 * Rejects with what it said when it is not built or does not come up.
 */
export async function startBundledRegistry(
  options: { root?: string; args?: string[] } = {},
): Promise<BundledRegistry> {
  if (!existsSync(REGISTRY_ENTRY)) {
    throw new Error(`${REGISTRY_ENTRY} is missing: run \`npm run build\` first`)
  }
  const dir = await tempDir('lamb')
  const root = options.root ?? join(dir.path, 'root')
  const launch = async (port: number): Promise<{ service: Service; url: string }> => {
    const service = await startService(process.execPath, [
      ...[REGISTRY_ENTRY, '--root', root, '--addr', `127.0.0.1:${port}`],
      ...(options.args ?? []),
    ])
    const url = await waitFor('the registry', () => {
      if (!service.isRunning()) return 'ended'
      return /listens at (\S+?),? /.exec(service.log())?.[1]
    })
    if (url === 'ended') throw new Error(`the registry did not come up:\n${service.log()}`)
    return { service, url }
  }
  let { service, url } = await launch(0)
  const port = Number(new URL(url).port)
  return {
    port,
    address: `127.0.0.1:${port}`,
    url,
    root,
    get pid() {
      return service.pid
    },
    log: () => service.log(),
    async kill() {
      service.kill('SIGKILL')
      await service.ended
    },
    async restart() {
      await service.stop()
      ;({ service, url } = await launch(port))
    },
    async stop() {
      await service.stop()
      await dir.remove()
    },
  }
}
