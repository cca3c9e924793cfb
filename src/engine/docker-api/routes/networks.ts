/** /networks: the three that every dockerd has; containers that do not run join none. */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { ApiError } from '../http/errors'
import { Filters } from '../http/filters'
import type { Handler, Route } from '../http/router'
import type { Services } from '../services'

const joinSchema = z.looseObject({ Container: z.string() })
const ACCEPTED = ['dangling', 'driver', 'id', 'label', 'name', 'scope', 'type']

export function networkRoutes({ id, containers }: Services): Route[] {
  const networks = [
    network(id, 'bridge', 'bridge', [{ Subnet: '172.17.0.0/16', Gateway: '172.17.0.1' }]),
    network(id, 'host', 'host', []),
    network(id, 'none', 'null', []),
  ]
  const find = (name: string) => {
    const found =
      networks.find(({ Name, Id }) => Name === name || Id === name) ??
      networks.find(({ Id }) => Id.startsWith(name))
    if (!found) throw new ApiError(404, `network ${name} not found`)
    return found
  }
  const join: Handler = async (request) => {
    const { Container } = await request.json(joinSchema)
    containers.get(Container)
    find(request.param('id'))
    throw new ApiError(
      501,
      "Lamina's bundled engine does not run containers, so that they join no networks; give the network to `docker create --network`",
    )
  }
  return [
    { method: 'POST', pattern: '/networks/{id}/connect', handler: join },
    { method: 'POST', pattern: '/networks/{id}/disconnect', handler: join },
    {
      method: 'GET',
      pattern: '/networks',
      handler: (request, response) => {
        const filters = Filters.parse(request.text('filters'), ACCEPTED)
        const custom = filters.has('type') && !filters.get('type').includes('builtin')
        const shown = networks.filter(
          ({ Name, Id, Driver, Scope }) =>
            filters.match('name', Name) &&
            filters.match('id', Id) &&
            filters.exact('driver', Driver) &&
            filters.exact('scope', Scope) &&
            filters.labels('label', null) &&
            filters.boolean('dangling') !== true &&
            !custom,
        )
        response.json(200, shown)
      },
    },
    {
      method: 'POST',
      pattern: '/networks/prune',
      handler: (_request, response) => response.json(200, { NetworksDeleted: null }),
    },
    {
      method: 'POST',
      pattern: '/networks/create',
      handler: () => {
        throw new ApiError(
          501,
          "Lamina's bundled engine does not run containers, so it makes no networks",
        )
      },
    },
    {
      method: 'GET',
      pattern: '/networks/{id}',
      handler: (request, response) => response.json(200, find(request.param('id'))),
    },
    {
      method: 'DELETE',
      pattern: '/networks/{id}',
      handler: (request) => {
        const { Name } = find(request.param('id'))
        throw new ApiError(403, `${Name} is a pre-defined network and cannot be removed`)
      },
    },
  ]
}

function network(engine: string, name: string, driver: string, config: object[]) {
  return {
    Name: name,
    Id: createHash('sha256').update(`${engine} ${name}`).digest('hex'),
    Created: '0001-01-01T00:00:00Z',
    Scope: 'local',
    Driver: driver,
    EnableIPv6: false,
    IPAM: { Driver: 'default', Options: null, Config: config },
    Internal: false,
    Attachable: false,
    Ingress: false,
    ConfigFrom: { Network: '' },
    ConfigOnly: false,
    Containers: {},
    Options: {},
    Labels: {},
  }
}
