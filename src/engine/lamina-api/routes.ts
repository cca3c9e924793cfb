/** All routes under /lamina/v1 (src/shared/lamina-api.ts, docs/api.md). */
import { z } from 'zod'
import { LAMINA_API, type EngineInfo } from '@shared/lamina-api'
import { ApiError } from '../docker-api/http/errors'
import type { Route } from '../docker-api/http/router'
import type { Services } from '../docker-api/services'
import { registryRoutes } from './registry'
import { registryServerRoutes } from './registry-server'
import { makeSample } from './sample/sample'
import { storeRoutes } from './store'
import { transferRoutes } from './transfers'
import { treeRoutes } from './trees'

const HOST = /^(?:[a-z0-9](?:[a-z0-9_.-]*[a-z0-9])?|\[[a-f0-9:.]+\])(?::\d{1,5})?$/i
const hostsSchema = z.strictObject({ hosts: z.array(z.string().regex(HOST)).max(1000) })

export function laminaRoutes(services: Services): Route[] {
  const { store, containers, insecureRegistries, version } = services
  return [
    {
      method: 'GET',
      pattern: `${LAMINA_API}/info`,
      handler: (_request, response) => {
        const { pid } = process
        const node = process.versions.node
        response.json(200, { version, root: store.root, pid, node } satisfies EngineInfo)
      },
    },
    {
      method: 'POST',
      pattern: `${LAMINA_API}/sample`,
      handler: async (_request, response) => response.json(200, await makeSample(store)),
    },
    {
      method: 'PUT',
      pattern: `${LAMINA_API}/insecure-registries`,
      handler: async (request, response) => {
        const { hosts } = await request.json(hostsSchema)
        insecureRegistries.clear()
        for (const host of hosts) insecureRegistries.add(host)
        response.empty(204)
      },
    },
    {
      method: 'DELETE',
      pattern: `${LAMINA_API}/containers/{id}/files`,
      handler: async (request, response) => {
        const id = request.param('id')
        const path = request.text('path')
        if (path === '') throw new ApiError(400, 'the query "path" is missing')
        const container = containers.get(id)
        await container.deletePath(path, id)
        containers.emit('delete-path', container, { path })
        response.empty(204)
      },
    },
    ...treeRoutes({
      store,
      containerChanges: async (name) => {
        const container = containers.get(name)
        return { id: container.record.id, changes: await container.changes() }
      },
    }),
    ...storeRoutes(store),
    ...registryRoutes(services.registry),
    ...registryServerRoutes(services.registry),
    ...transferRoutes(services),
  ]
}
