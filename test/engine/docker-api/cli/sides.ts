/** The two sides of a comparison: a real dockerd, and the engine in this process. */
import { createServer } from 'node:http'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createEngine } from '../../../../src/engine/engine'
import { listen } from '../../../../src/engine/serve/listen'
import { startDockerd } from '../../../support/dockerd'
import { startRegistry } from '../../../support/registry'
import { run, type RunResult } from '../../../support/run'
import { tempDir } from '../../../support/temp'

export interface Side {
  /** Address of a registry of its own, `$REGISTRY` in lines. */
  registry: string
  name: 'dockerd' | 'engine'
  /** `unix://…` */
  host: string
  /** Where it keeps everything: written differently on each side. */
  root: string
  /** A folder for this side's files; commands run in it. */
  folder: string
  stop(): Promise<void>
}

export async function startDockerdSide(): Promise<Side> {
  const dir = await tempDir('cmpd')
  await prepare(dir.path)
  const registry = await startRegistry()
  const root = join(dir.path, 'root')
  const dockerd = await startDockerd({ dataRoot: root })
  const { host } = dockerd
  return {
    name: 'dockerd',
    registry: registry.address,
    host,
    root,
    folder: join(dir.path, 'work'),
    stop: async () => {
      await dockerd.stop()
      await registry.stop()
      await dir.remove()
    },
  }
}

export async function startEngineSide(): Promise<Side> {
  const dir = await tempDir('cmpe')
  await prepare(dir.path)
  const registry = await startRegistry()
  const root = join(dir.path, 'root')
  const failures: unknown[] = []
  const engine = await createEngine({
    root,
    version: '0.0.0',
    onFailure: (error) => failures.push(error),
  })
  const server = createServer(engine.handler)
  const host = `unix://${join(dir.path, 'e.sock')}`
  const close = await listen(server, host)
  return {
    name: 'engine',
    registry: registry.address,
    host,
    root,
    folder: join(dir.path, 'work'),
    stop: async () => {
      server.closeAllConnections()
      await close()
      await engine.close()
      await registry.stop()
      await dir.remove()
    },
  }
}

async function prepare(path: string): Promise<void> {
  await mkdir(join(path, 'work'))
  await mkdir(join(path, 'cli'))
}

/** Runs a line of shell with `docker` pointed at this side. */
export function runLine({ host, folder, registry }: Side, line: string): Promise<RunResult> {
  return run('sh', ['-c', line], {
    cwd: folder,
    env: {
      DOCKER_HOST: host,
      DOCKER_CONFIG: join(folder, '..', 'cli'),
      DOCKER_CONTEXT: undefined,
      REGISTRY: registry,
      DOCKER_BUILDKIT: '0',
      TZ: 'UTC',
      LC_ALL: 'C',
    },
  })
}
