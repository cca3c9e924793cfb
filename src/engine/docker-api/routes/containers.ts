/** /containers: made, listed, looked at, renamed, changed, removed. */
import { z } from 'zod'
import { hostConfigSchema } from '../../container/host-config'
import { endpointSchema } from '../../container/record'
import { warningsOf } from '../../container/resource-checks'
import { runConfigSchema } from '../../container/run-config'
import { packTar } from '../../layer/tar-writer'
import type { Digest } from '../../oci/digest'
import { ApiError } from '../http/errors'
import { Filters } from '../http/filters'
import type { ApiRequest } from '../http/request'
import { partsBody } from '../http/response'
import type { Route } from '../http/router'
import { jsonArray } from '../json-rows'
import { readPlatform } from '../platform'
import { selectContainers, CONTAINER_FILTERS } from '../select-containers'
import type { Services } from '../services'
import { containerInspect, containerRow } from '../shapes/containers'
import { shownImage } from '../shown-image'
import { sizesOf } from '../sizes'
import { findImage } from '../wording'

const createSchema = runConfigSchema.extend({
  HostConfig: hostConfigSchema.nullish(),
  NetworkingConfig: z
    .looseObject({ EndpointsConfig: z.record(z.string(), endpointSchema.nullable()).nullish() })
    .nullish(),
})

const CHANGE_KINDS = { changed: 0, added: 1, deleted: 2 } as const

export function containerRoutes(services: Services): Route[] {
  const { containers, store } = services
  const named = (request: ApiRequest) => containers.get(request.param('id'))

  return [
    {
      method: 'GET',
      pattern: '/containers/json',
      handler: async (request, response) => {
        const filters = Filters.parse(request.text('filters'), CONTAINER_FILTERS)
        const limit = request.integer('limit', 0)
        const all = request.flag('all') || limit > 0
        const selected = selectContainers(services, filters, all)
        const shown = limit > 0 ? selected.slice(0, limit) : selected
        const withSize = request.flag('size')
        const linkNames = containers.linkNames()
        const rows = shown.map(async (container) =>
          containerRow(container, {
            image: shownImage(services, container.record),
            sizes: withSize ? await sizesOf(services, container) : null,
            linkNames: linkNames.get(container.record.name) ?? [],
          }),
        )
        response.jsonBody(200, partsBody(jsonArray(await Promise.all(rows))))
      },
    },
    {
      method: 'POST',
      pattern: '/containers/create',
      handler: async (request, response) => {
        const { HostConfig, NetworkingConfig, ...config } = await request.json(createSchema)
        const networks = Object.entries(NetworkingConfig?.EndpointsConfig ?? {})
        if (!config.Image) throw new ApiError(400, 'no image specified')
        const image = findImage(store.images, config.Image)
        await checkPlatform(services, image.id, config.Image, request.text('platform'))
        const container = await containers.create(
          {
            name: request.text('name'),
            config,
            hostConfig: HostConfig ?? {},
            networks: Object.fromEntries(networks.map(([name, value]) => [name, value ?? {}])),
          },
          image,
        )
        response.json(201, { Id: container.record.id, Warnings: warningsOf(HostConfig ?? {}) })
      },
    },
    {
      method: 'POST',
      pattern: '/containers/prune',
      handler: async (request, response) => {
        const filters = Filters.parse(request.text('filters'), ['until', 'label', 'label!'])
        const removed: string[] = []
        let freed = 0
        for (const container of selectContainers(services, filters, true)) {
          freed += await container.writableSize()
          await containers.remove(container)
          removed.push(container.record.id)
        }
        services.events.emit('container', 'prune', '', { reclaimed: String(freed) })
        response.json(200, {
          ContainersDeleted: removed.length > 0 ? removed : null,
          SpaceReclaimed: freed,
        })
      },
    },
    {
      method: 'GET',
      pattern: '/containers/{id}/json',
      handler: async (request, response) => {
        const container = named(request)
        const sizes = request.flag('size') ? await sizesOf(services, container) : null
        response.json(200, containerInspect(container, sizes))
      },
    },
    {
      method: 'GET',
      pattern: '/containers/{id}/changes',
      handler: async (request, response) => {
        const changes = await named(request).changes()
        const rows = changes.map(({ path, change }) => ({
          Path: `/${path}`,
          Kind: CHANGE_KINDS[change],
        }))
        response.json(200, rows.length > 0 ? rows : null)
      },
    },
    {
      method: 'GET',
      pattern: '/containers/{id}/export',
      handler: async (request, response) => {
        const container = named(request)
        containers.emit('export', container)
        const owners = await container.ownerNames()
        const tar = packTar(container.exported(), { owners, signal: request.signal })
        await response.stream('application/x-tar', tar)
      },
    },
    {
      method: 'POST',
      pattern: '/containers/{id}/rename',
      handler: async (request, response) => {
        await containers.rename(named(request), request.text('name'))
        response.empty(204)
      },
    },
    {
      method: 'POST',
      pattern: '/containers/{id}/update',
      handler: async (request, response) => {
        const changes = await request.json(hostConfigSchema)
        await containers.update(named(request), changes)
        const warnings = warningsOf(changes)
        response.json(200, { Warnings: warnings.length > 0 ? warnings : null })
      },
    },
    {
      method: 'DELETE',
      pattern: '/containers/{id}',
      handler: async (request, response) => {
        const container = named(request)
        if (request.flag('link')) await containers.unlink(request.param('id'))
        else await containers.remove(container, { volumes: request.flag('v') })
        response.empty(204)
      },
    },
  ]
}

/** @throws ApiError 404, as dockerd has it: the client may then pull the one that fits */
async function checkPlatform(
  { store }: Services,
  id: Digest,
  name: string,
  wanted: string,
): Promise<void> {
  if (wanted === '') return
  const { os, architecture } = readPlatform(wanted)
  const config = await store.images.config(id)
  if (os === config.os && architecture === config.architecture) return
  throw new ApiError(
    404,
    `image with reference ${name} was found but does not match the specified platform: wanted ${wanted}, actual: ${config.os}/${config.architecture}`,
  )
}
