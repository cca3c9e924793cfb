/** What the routes call: the rooms of the engine, put together by engine.ts. */
import type { Containers } from '../container/containers'
import type { EventBus } from '../container/events'
import type { Runtime } from '../container/runtime'
import type { Store } from '../image/types'
import type { OwnRegistry } from '../registry/server/own-registry'
import type { Volumes } from '../volume/volumes'

export interface Services {
  /** Lamina's version. */
  version: string
  /** Made once for a root, in the form of Docker's engine ids. */
  id: string
  store: Store
  containers: Containers
  volumes: Volumes
  events: EventBus
  runtime: Runtime
  /** Hosts that push and pull reach over http. */
  insecureRegistries: Set<string>
  /** The registry of one's own, whether it runs or not. */
  registry: OwnRegistry
}
