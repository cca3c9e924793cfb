/**
 * Parts of Docker that the engine has not: plugins and swarm. `docker inspect NAME` asks for
 * them one after the other and wants a JSON answer from each.
 */
import { ApiError } from '../http/errors'
import type { Handler, Route } from '../http/router'

const NO_SWARM =
  'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.'
/** What a swarm has, and which of it clients may change. */
const SWARM_PARTS = ['nodes', 'services', 'tasks', 'secrets', 'configs']
const CHANGEABLE = ['nodes', 'services', 'secrets', 'configs']

export function absentRoutes(): Route[] {
  const noSwarm = () => {
    throw new ApiError(503, NO_SWARM)
  }
  const noPlugin: Handler = (request) => {
    throw new ApiError(404, `plugin "${request.param('name')}" not found`)
  }
  return [
    {
      method: 'GET',
      pattern: '/plugins',
      handler: (_request, response) => response.json(200, []),
    },
    { method: 'GET', pattern: '/plugins/{name}/json', handler: noPlugin },
    { method: 'DELETE', pattern: '/plugins/{name}', handler: noPlugin },
    ...['enable', 'disable', 'set'].map((verb): Route => ({
      method: 'POST',
      pattern: `/plugins/{name}/${verb}`,
      handler: noPlugin,
    })),
    {
      method: 'POST',
      pattern: '/plugins/pull',
      handler: () => {
        throw new ApiError(501, "Lamina's bundled engine takes no plugins")
      },
    },
    ...['init', 'join'].map((verb): Route => ({
      method: 'POST',
      pattern: `/swarm/${verb}`,
      handler: () => {
        throw new ApiError(501, "Lamina's bundled engine runs nothing, and joins no swarm")
      },
    })),
    {
      method: 'POST',
      pattern: '/swarm/leave',
      handler: () => {
        throw new ApiError(503, 'This node is not part of a swarm')
      },
    },
    { method: 'GET', pattern: '/swarm', handler: noSwarm },
    ...SWARM_PARTS.flatMap((part): Route[] => [
      { method: 'GET', pattern: `/${part}`, handler: noSwarm },
      { method: 'GET', pattern: `/${part}/{id}`, handler: noSwarm },
    ]),
    ...CHANGEABLE.flatMap((part): Route[] => [
      { method: 'POST', pattern: `/${part}/{id}`, handler: noSwarm },
      { method: 'DELETE', pattern: `/${part}/{id}`, handler: noSwarm },
    ]),
    {
      method: 'POST',
      pattern: '/build/prune',
      handler: (_request, response) =>
        response.json(200, { CachesDeleted: null, SpaceReclaimed: 0 }),
    },
  ]
}
