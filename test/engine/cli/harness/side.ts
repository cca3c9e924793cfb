import { mkdir, mkdtemp, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { startDockerd } from '../../../support/dockerd'
import { startEngine } from '../../../support/engine'
import { startRegistry, type TestRegistry } from '../../../support/registry'
import { tempDir, type TempDir } from '../../../support/temp'
import { serverVersion } from './cli'

export type RegistryKind = 'open' | 'basic' | 'token'

/** The user of the registries that want one. */
export const LOGIN = { user: 'mei', password: 'secret' }

/** One of the two engines that a case runs on, with registries of its own. */
export interface Side {
  name: string
  version: string
  host: string
  /** Where to ask for state and clean up: never through a proxy. */
  socketPath: string
  /** A folder for the files of cases. */
  dir: string
  registries: Record<RegistryKind, TestRegistry>
  /** Folders and addresses of this side and what stands for them in a transcript. */
  words: (readonly [string, string])[]
  stop(): Promise<void>
}

interface Started {
  name: string
  host: string
  socketPath: string
  words: (readonly [string, string])[]
  stop(): Promise<void>
}

export async function dockerdSide(name = 'dockerd'): Promise<Side> {
  const store = await storeFolder()
  const dockerd = await startDockerd({ dataRoot: store.path })
  const stop = () => dockerd.stop().then(store.remove)
  return addRegistries({ ...dockerd, stop, name, words: [[store.path, '<root>']] })
}

export async function engineSide(): Promise<Side> {
  const store = await storeFolder()
  const engine = await startEngine({ root: store.path })
  const stop = () => engine.stop().then(store.remove)
  return addRegistries({ ...engine, stop, name: 'engine', words: [[store.path, '<root>']] })
}

const SHARED_MEMORY = '/dev/shm'
const ENOUGH = 1024 ** 3

/**
 * Where an engine keeps what it has: in memory where there is room, for these tests are about answers,
 * and thousands of times waiting for a disk tells nothing of them.
 */
async function storeFolder(): Promise<TempDir> {
  const free = await statfs(SHARED_MEMORY).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => 0,
  )
  if (free < ENOUGH) return tempDir('lamroot')
  const path = await mkdtemp(join(SHARED_MEMORY, 'lamroot-'))
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 3 }) }
}

async function addRegistries(started: Started): Promise<Side> {
  const dir = await tempDir('lamcli')
  await mkdir(join(dir.path, 'work'))
  const users = { [LOGIN.user]: LOGIN.password }
  try {
    const [open, basic, token] = await Promise.all([
      startRegistry(),
      startRegistry({ auth: { kind: 'htpasswd', users } }),
      startRegistry({ auth: { kind: 'token', users } }),
    ])
    const registries = { open, basic, token }
    const addresses = Object.entries(registries).map(
      ([kind, registry]) => [registry.address, `<${kind} registry>`] as const,
    )
    return {
      name: started.name,
      version: await serverVersion(started.host),
      host: started.host,
      socketPath: started.socketPath,
      dir: join(dir.path, 'work'),
      registries,
      words: [
        ...started.words,
        ...addresses,
        [started.host, '<host>'],
        [started.socketPath, '<socket>'],
      ],
      async stop() {
        await Promise.all(Object.values(registries).map((registry) => registry.stop()))
        await started.stop()
        await dir.remove()
      },
    }
  } catch (cause) {
    await started.stop()
    throw cause
  }
}
