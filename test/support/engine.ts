import { existsSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { PROJECT } from './project'
import { keepService, startService, type KeptService, type Service } from './child'
import { dockerClient, type Dockerd } from './dockerd'
import { tempDir, waitFor } from './temp'

/** LAMINA_TEST_ENGINE names another build of the engine than the project's own. */
export const ENGINE_ENTRY = process.env.LAMINA_TEST_ENGINE ?? join(PROJECT, 'out/main/engine.cjs')

/** Started again, it is on the same root. */
export interface TestEngine
  extends KeptService, Pick<Dockerd, 'host' | 'socketPath' | 'docker' | 'dockerOk' | 'api'> {
  root: string
}

/**
 * Starts the built bundled engine (`out/main/engine.cjs --root DIR --host unix://PATH`) in plain
 * Node, on a temporary root. Rejects when it is not built or does not answer.
 */
export async function startEngine(
  options: { root?: string; args?: string[]; env?: Record<string, string | undefined> } = {},
): Promise<TestEngine> {
  if (!existsSync(ENGINE_ENTRY)) {
    throw new Error(`${ENGINE_ENTRY} is missing: run \`npm run build\` first`)
  }
  const dir = await tempDir('lame')
  const root = options.root ?? join(dir.path, 'root')
  const socketPath = join(dir.path, 'e.sock')
  const launch = async (): Promise<Service> => {
    const service = await startService(
      process.execPath,
      [ENGINE_ENTRY, '--root', root, '--host', `unix://${socketPath}`, ...(options.args ?? [])],
      { env: options.env },
    )
    try {
      await waitFor('engine', () => !service.isRunning() || ping(socketPath))
      if (!service.isRunning()) throw new Error('the engine ended at once')
    } catch (cause) {
      await service.stop()
      throw new Error(`the engine did not come up:\n${service.log().slice(-3000)}`, { cause })
    }
    return service
  }
  const service = await keepService(launch, { cleanUp: () => dir.remove() })
  const client = dockerClient(`unix://${socketPath}`, join(dir.path, 'cli'))
  return Object.assign(service, client, { root })
}

function ping(socketPath: string): Promise<boolean> {
  return new Promise((resolvePing) => {
    const req = request({ socketPath, path: '/_ping', timeout: 2000 }, (res) => {
      res.resume()
      res.on('end', () => resolvePing(res.statusCode === 200))
    })
    req.on('timeout', () => req.destroy())
    req.on('error', () => resolvePing(false))
    req.end()
  })
}
