/**
 * Parts of Docker that the engine has not: plugins, swarm, builds. `docker inspect NAME` asks for
 * them one after the other and wants a JSON answer from each.
 */
import { ApiError } from '../http/errors'
import type { Route } from '../http/router'

const NO_SWARM =
  'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.'
const NO_BUILD =
  "Lamina's bundled engine does not build images. Build with Docker, then `docker save` there and `docker load` here; or `docker create`, `docker cp` and `docker commit` here."
const SWARM_PARTS = ['swarm', 'nodes', 'services', 'tasks', 'secrets', 'configs']

export function absentRoutes(): Route[] {
  const noSwarm = () => {
    throw new ApiError(503, NO_SWARM)
  }
  return [
    {
      method: 'GET',
      pattern: '/plugins',
      handler: (_request, response) => response.json(200, []),
    },
    {
      method: 'GET',
      pattern: '/plugins/{name}/json',
      handler: (request) => {
        throw new ApiError(404, `plugin "${request.param('name')}" not found`)
      },
    },
    {
      method: 'POST',
      pattern: '/swarm/leave',
      handler: () => {
        throw new ApiError(503, 'This node is not part of a swarm')
      },
    },
    ...SWARM_PARTS.flatMap((part): Route[] => [
      { method: 'GET', pattern: `/${part}`, handler: noSwarm },
      { method: 'GET', pattern: `/${part}/{id}`, handler: noSwarm },
      { method: 'POST', pattern: `/${part}/{id}`, handler: noSwarm },
      { method: 'DELETE', pattern: `/${part}/{id}`, handler: noSwarm },
    ]),
    {
      method: 'POST',
      pattern: '/build',
      handler: () => {
        throw new ApiError(501, NO_BUILD)
      },
    },
    {
      method: 'POST',
      pattern: '/build/prune',
      handler: (_request, response) =>
        response.json(200, { CachesDeleted: null, SpaceReclaimed: 0 }),
    },
  ]
}
