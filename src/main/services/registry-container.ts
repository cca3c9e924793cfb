/** The real registry image on the daemon in use, beside or instead of Lamina's own. */
import type { Handlers } from '@shared/contract'
import { LaminaError } from '@shared/errors'
import { parseReference } from '@shared/reference'
import type { RegistryContainerView } from '@shared/registry-server'
import type { DockerClient } from '../docker/client'
import { switchContainer } from '../docker/containers'
import { findImage } from '../docker/images'
import {
  createRegistryContainer,
  findRegistryContainer,
  importRegistryImage,
  MADE,
  PULLED,
  VOLUME,
} from '../docker/registry-container'
import { pullImage } from '../docker/transfers'
import type { EnginesService } from './engines'
import type { RegistriesService } from './registries'
import { findRegistryProgram, registryRootfs } from './registry-program'

interface Dependencies {
  engines: EnginesService
  registries: RegistriesService
  /** Where programs are looked for. */
  path: string
}

type Calls = Extract<keyof Handlers, `registryContainer.${string}`>

/** A hub that does not answer is given up. */
const PULL_LIMIT = 60_000

export function registryContainerHandlers(with_: Dependencies): Pick<Handlers, Calls> {
  const { engines, registries, path } = with_

  /** Null for an engine that cannot run containers. */
  async function daemon(): Promise<DockerClient | null> {
    const { client, engine } = await engines.connection()
    return engine.canRun ? client : null
  }
  async function needed(): Promise<DockerClient> {
    const client = await daemon()
    if (client) return client
    const message = 'this engine does not run containers'
    throw new LaminaError('engine_refused', { message })
  }

  async function view(): Promise<RegistryContainerView> {
    const client = await daemon()
    const program = await findRegistryProgram(path)
    if (!client) return { available: false, image: 'absent', program, container: null }
    const [image, container] = await Promise.all([imageOf(client), findRegistryContainer(client)])
    return {
      available: true,
      image: image ? 'there' : program ? 'buildable' : 'absent',
      program,
      container: container && {
        id: container.id,
        running: container.running,
        address: `127.0.0.1:${container.port ?? 5000}`,
        volume: VOLUME,
        image: container.image,
      },
    }
  }

  return {
    'registryContainer.view': view,
    'registryContainer.makeImage': async (_input, { signal }) => {
      const client = await needed()
      const program = await findRegistryProgram(path)
      if (!program) throw new LaminaError('registry_image_absent', { image: PULLED })
      await importRegistryImage(client, await registryRootfs(program), signal)
      return view()
    },
    'registryContainer.start': async ({ port }, { signal }) => {
      const client = await needed()
      if (!(await findRegistryContainer(client))) {
        await createRegistryContainer(client, await imageToRun(client, signal), port)
      }
      const made = await findRegistryContainer(client)
      if (!made) throw new LaminaError('engine_lost')
      if (!made.running) await switchContainer(client, made.id, 'start', signal)
      const shown = await view()
      if (shown.container) await registries.note(shown.container.address, 'http')
      return shown
    },
    'registryContainer.stop': async (_input, { signal }) => {
      const client = await needed()
      const container = await findRegistryContainer(client)
      if (container?.running) await switchContainer(client, container.id, 'stop', signal)
      return view()
    },
  }
}

/** One that the daemon has; null: none. */
async function imageOf(client: DockerClient): Promise<string | null> {
  for (const name of [PULLED, MADE]) {
    const there = await findImage(client, name).then(
      () => true,
      (thrown: unknown) => {
        if (thrown instanceof LaminaError && thrown.code === 'not_found') return false
        throw thrown
      },
    )
    if (there) return name
  }
  return null
}

async function imageToRun(client: DockerClient, signal: AbortSignal): Promise<string> {
  const there = await imageOf(client)
  if (there) return there
  const parsed = parseReference(PULLED)
  if (!parsed.ok) throw new LaminaError('internal', {}, { cause: PULLED })
  const limit = new AbortController()
  const give = () => limit.abort()
  const timer = setTimeout(give, PULL_LIMIT)
  signal.addEventListener('abort', give, { once: true })
  try {
    const access = { auth: {}, insecure: false }
    await pullImage(client, parsed.reference, access, limit.signal, () => undefined)
    return PULLED
  } catch (cause) {
    if (signal.aborted) throw cause
    throw new LaminaError('registry_image_absent', { image: PULLED }, { cause })
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', give)
  }
}
