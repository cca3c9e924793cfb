import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { keepService, startService, type KeptService, type Service } from './child'
import { PROJECT } from './project'
import { tempDir, waitFor } from './temp'

/** LAMINA_TEST_REGISTRY names another build of the registry than the project's own. */
const REGISTRY_ENTRY = process.env.LAMINA_TEST_REGISTRY ?? join(PROJECT, 'out/main/registry.cjs')

/** Started again, it is on the same root and port. */
export interface BundledRegistry extends KeptService {
  port: number
  /** host:port, as it stands in a reference. */
  address: string
  /** http(s)://host:port */
  url: string
  root: string
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
  let url = ''
  let port = 0
  const launch = async (): Promise<Service> => {
    const service = await startService(process.execPath, [
      ...[REGISTRY_ENTRY, '--root', root, '--addr', `127.0.0.1:${port}`],
      ...(options.args ?? []),
    ])
    url = await waitFor('the registry', () => {
      if (!service.isRunning()) return 'ended'
      return /listens at (\S+?),? /.exec(service.log())?.[1]
    })
    if (url === 'ended') throw new Error(`the registry did not come up:\n${service.log()}`)
    port = Number(new URL(url).port)
    return service
  }
  const service = await keepService(launch, { cleanUp: () => dir.remove() })
  return Object.assign(service, { port, address: `127.0.0.1:${port}`, url, root })
}
