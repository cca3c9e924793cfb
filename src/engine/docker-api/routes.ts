/** All routes of the Docker Engine API, in the order in which they are tried. */
import type { Route } from './http/router'
import { absentRoutes } from './routes/absent'
import { buildRoutes } from './routes/build'
import { containerFileRoutes } from './routes/container-files'
import { containerRunRoutes } from './routes/container-run'
import { containerRoutes } from './routes/containers'
import { eventRoutes } from './routes/events'
import { imageArchiveRoutes } from './routes/image-archives'
import { imageTransferRoutes } from './routes/image-transfer'
import { imageRoutes } from './routes/images'
import { networkRoutes } from './routes/networks'
import { systemRoutes } from './routes/system'
import { volumeRoutes } from './routes/volumes'
import type { Services } from './services'

export function dockerRoutes(services: Services): Route[] {
  return [
    ...systemRoutes(services),
    ...eventRoutes(services),
    ...imageArchiveRoutes(services),
    ...imageTransferRoutes(services),
    ...buildRoutes(services),
    ...imageRoutes(services),
    ...containerFileRoutes(services),
    ...containerRunRoutes(services),
    ...containerRoutes(services),
    ...volumeRoutes(services),
    ...networkRoutes(services),
    ...absentRoutes(),
  ]
}
