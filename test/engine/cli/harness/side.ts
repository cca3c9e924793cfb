import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { startDockerd } from '../../../support/dockerd'
import { startEngine } from '../../../support/engine'
import { startRegistry, type TestRegistry } from '../../../support/registry'
import { tempDir } from '../../../support/temp'
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
  const dockerd = await startDockerd()
  const root = dockerd.socketPath.replace(/\/d\.sock$/, '/data')
  const words = [[root, '<root>']] as const
  return addRegistries({ ...dockerd, name, words: [...words] })
}

export async function engineSide(): Promise<Side> {
  const engine = await startEngine()
  return addRegistries({ ...engine, name: 'engine', words: [[engine.root, '<root>']] })
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
