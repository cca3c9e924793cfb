/** The filters of GET /containers/json and POST /containers/prune. */
import type { Container } from '../container/container'
import { ApiError } from './http/errors'
import { hasLabel, type Filters } from './http/filters'
import type { Services } from './services'
import { networkOf } from './shapes/containers'
import { parseMoment } from './time'

export const CONTAINER_FILTERS = [
  'ancestor',
  'before',
  'exited',
  'expose',
  'health',
  'id',
  'is-task',
  'isolation',
  'label',
  'name',
  'network',
  'publish',
  'since',
  'status',
  'volume',
]

const STATES = ['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead']

/** @param all also those that do not run, which is every one the engine keeps */
export function selectContainers(services: Services, filters: Filters, all: boolean): Container[] {
  const { containers } = services
  for (const status of filters.get('status')) {
    if (!STATES.includes(status)) throw new ApiError(400, `Invalid filter 'status=${status}'`)
  }
  const wantsStopped = all || filters.has('status') || filters.has('exited')
  if (!wantsStopped && !filters.has('before') && !filters.has('since')) return []
  const list = containers.list()
  const position = (name: string) => list.indexOf(containers.get(name))
  const before = filters.get('before').map(position)
  const since = filters.get('since').map(position)
  const ancestors = ancestorIds(services, filters)
  const until = filters.get('until').map(parseMoment)

  return list.filter(({ record }, at) => {
    const { config, hostConfig, mounts, networks } = record
    const ports = Object.keys(config.ExposedPorts ?? {})
    const joined = Object.keys(networks).map(networkOf)
    const network = joined.length > 0 ? joined : [networkOf(hostConfig.NetworkMode ?? '')]
    return (
      filters.match('id', record.id) &&
      (filters.match('name', record.name) || filters.match('name', `/${record.name}`)) &&
      filters.labels('label', config.Labels ?? null) &&
      !filters.get('label!').some((label) => hasLabel(config.Labels ?? null, label)) &&
      filters.exact('status', 'created') &&
      (!filters.has('exited') || filters.get('exited').includes('0')) &&
      filters.exact('health', 'none') &&
      filters.boolean('is-task') !== true &&
      before.every((limit) => at > limit) &&
      since.every((limit) => at < limit) &&
      until.every((limit) => Date.parse(record.created) < limit) &&
      (ancestors === null || record.diffIds.length === 0
        ? ancestors === null
        : ancestors(record.imageId)) &&
      (!filters.has('volume') ||
        mounts.some(({ name, destination }) =>
          filters.get('volume').some((value) => value === name || value === destination),
        )) &&
      (!filters.has('expose') || filters.get('expose').some((value) => hasPort(ports, value))) &&
      // Nothing is published while nothing runs.
      !filters.has('publish') &&
      (!filters.has('network') || filters.get('network').some((value) => network.includes(value)))
    )
  })
}

/** Containers made from one of these images, or from an image that was made from one of them. */
function ancestorIds({ store }: Services, filters: Filters): ((id: string) => boolean) | null {
  if (!filters.has('ancestor')) return null
  const ids = new Set<string>()
  for (const name of filters.get('ancestor')) {
    try {
      ids.add(store.images.resolve(name).id)
    } catch {
      // dockerd logs an unknown ancestor and lists nothing for it.
    }
  }
  for (let size = -1; size !== ids.size;) {
    size = ids.size
    for (const { id, parent } of store.images.list())
      if (parent !== null && ids.has(parent)) ids.add(id)
  }
  return (id) => ids.has(id)
}

function hasPort(ports: string[], wanted: string): boolean {
  const match = /^(\d+)(?:-(\d+))?(?:\/(\w+))?$/.exec(wanted)
  if (!match) throw new ApiError(400, `invalid filter 'expose=${wanted}'`)
  const from = Number(match[1])
  const to = Number(match[2] ?? match[1])
  const protocol = match[3] ?? 'tcp'
  return ports.some((port) => {
    const [number = '', kind = 'tcp'] = port.split('/')
    return kind === protocol && Number(number) >= from && Number(number) <= to
  })
}
