/** Registries of ours in this process, each on a folder of its own, ended with the test file. */
import { afterAll } from 'vitest'
import {
  startRegistryServer,
  type RegistryServer,
  type RegistryServerOptions,
} from '../../../../src/engine/registry/server/server'
import { temporaryFolders } from '../../blob/temporary-root'

export interface TestServer extends RegistryServer {
  /** What it had to say. */
  lines: string[]
}

/** Call at the top level; each call of the result starts one. */
export function servers(): (options?: Partial<RegistryServerOptions>) => Promise<TestServer> {
  const running = new Set<RegistryServer>()
  const newFolder = temporaryFolders()
  afterAll(async () => {
    for (const server of running) await server.close(0)
  })
  return async (options = {}) => {
    const lines: string[] = []
    const server = await startRegistryServer({
      root: options.root ?? (await newFolder()),
      address: { host: '127.0.0.1', port: 0 },
      htpasswd: null,
      tls: null,
      readOnly: false,
      log: (line) => void lines.push(line),
      ...options,
    })
    running.add(server)
    const close = async (patience?: number) => {
      if (running.delete(server)) await server.close(patience)
    }
    return { ...server, lines, close }
  }
}
