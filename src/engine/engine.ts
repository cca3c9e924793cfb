/** The engine put together: a store, what is kept beside it, and the routes over them. */
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { join } from 'node:path'
import { z } from 'zod'
import { LaminaError } from '@shared/errors'
import { writeFileAtomic } from './blob/disk'
import { damageOf, listSetAside, type SetAside } from './blob/set-aside'
import { Containers } from './container/containers'
import { EventBus } from './container/events'
import { NoRuntime } from './container/runtime'
import { createRouter } from './docker-api/http/router'
import { dockerRoutes } from './docker-api/routes'
import type { Services } from './docker-api/services'
import { familiar } from './docker-api/shapes/images'
import { API, API_VERSION } from './docker-api/version'
import { openStore } from './image/store'
import type { FsckProblem, Store } from './image/types'
import { laminaRoutes } from './lamina-api/routes'
import { OwnRegistry } from './registry/server/own-registry'
import { Volumes } from './volume/volumes'

export interface EngineOptions {
  /** Folder of everything that the engine keeps. */
  root: string
  /** Lamina's version. */
  version: string
  /** Hosts that push and pull reach over http. */
  insecureRegistries?: readonly string[]
  /** Told of failures that are not the client's. */
  onFailure?: (error: unknown, request: { method: string; path: string }) => void
}

export interface Engine {
  /** For `http.createServer`. */
  handler: RequestListener
  services: Services
  /** Lets go of the root; requests that still run are cut off by closing the server first. */
  close(): Promise<void>
}

/** Quiet time after a removal before space is given back, ms: removals come in rows. */
const GC_DELAY = 1500

/** @throws LaminaError root_locked when another engine has the root; those of the disk */
export async function createEngine(options: EngineOptions): Promise<Engine> {
  const store = await openStore(options.root)
  try {
    const events = new EventBus()
    const containers = await Containers.open({ store, emit: events.emit })
    const volumes = await Volumes.open(await store.folder('volumes'), {
      users: (name) => containers.usersOfVolume(name),
      emit: events.emit,
    })
    containers.useVolumes(volumes)
    for (const damage of [...containers.damaged, ...volumes.damaged]) {
      options.onFailure?.(damageError(damage), { method: 'start', path: damage.path })
    }
    store.addFindings(() => findSetAside(store))
    const collector = new Collector(() => store.gc(), options.onFailure)
    store.images.onEvent(({ action, id, name, labels }) => {
      // dockerd 20.10 tells of new images by what made them: commit, import, load, pull.
      if (action !== 'create') {
        events.emit('image', action, id, { ...labels, name: familiar(name) })
      }
      if (action === 'delete') collector.soon()
    })
    const registry = new OwnRegistry((line) =>
      options.onFailure?.(new Error(line), { method: 'registry', path: '' }),
    )
    const services: Services = {
      version: options.version,
      id: await engineId(store.root),
      store,
      containers,
      volumes,
      events,
      runtime: new NoRuntime(),
      insecureRegistries: new Set(options.insecureRegistries),
      registry,
    }
    const handler = createRouter([...laminaRoutes(services), ...dockerRoutes(services)], {
      api: API,
      headers: {
        'Api-Version': API_VERSION,
        'Docker-Experimental': 'false',
        Ostype: 'linux',
        Server: `Lamina/${options.version} (linux)`,
      },
      ...(options.onFailure && { onFailure: options.onFailure }),
    })
    return {
      handler,
      services,
      close: async () => {
        await registry.stop()
        await collector.close()
        await store.close()
      },
    }
  } catch (error) {
    await store.close()
    throw error
  }
}

/** Gives space back some time after the last removal, one run at a time. */
class Collector {
  private timer: NodeJS.Timeout | null = null
  private running: Promise<unknown> = Promise.resolve()
  private closed = false

  constructor(
    private readonly collect: () => Promise<unknown>,
    private readonly onFailure: EngineOptions['onFailure'],
  ) {}

  soon(): void {
    if (this.timer) clearTimeout(this.timer)
    if (this.closed) return
    this.timer = setTimeout(() => {
      this.running = this.running
        .then(this.collect)
        .catch((error: unknown) => this.onFailure?.(error, { method: 'gc', path: '' }))
    }, GC_DELAY)
    this.timer.unref()
  }

  async close(): Promise<void> {
    this.closed = true
    if (this.timer) clearTimeout(this.timer)
    await this.running
  }
}

function damageError({ path, aside, reason }: SetAside): LaminaError {
  const done = aside === null ? 'made anew' : `set aside as ${aside}`
  return new LaminaError('store_damaged', { path, reason: `${reason} (${done})` })
}

/** Records of containers and volumes that were set aside, at this start or an earlier one. */
async function findSetAside(store: Store): Promise<FsckProblem[]> {
  const findings: FsckProblem[] = []
  for (const kind of ['containers', 'volumes']) {
    for (const subject of await listSetAside(await store.folder(kind))) {
      findings.push({ kind: 'file', subject, problem: SET_ASIDE })
    }
  }
  return findings
}

const SET_ASIDE = 'it could not be read when the engine started, and was set aside'

const identitySchema = z.object({ id: z.string() })

/** The engine's id, in the form of Docker's: made at the first start on a root. */
async function engineId(root: string): Promise<string> {
  const path = join(root, 'engine.json')
  try {
    return identitySchema.parse(JSON.parse(await readFile(path, 'utf8'))).id
  } catch (error) {
    // Nothing is lost with a damaged one.
    if (damageOf(error) === null) throw error
  }
  const letters = [...randomBytes(48)].map((byte) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[byte % 32])
  const id = (letters.join('').match(/.{4}/g) ?? []).join(':')
  await writeFileAtomic(root, path, JSON.stringify({ id }))
  return id
}
