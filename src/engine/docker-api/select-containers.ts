/** The filters of GET /containers/json and POST /containers/prune. */
import type { Container } from '../container/container'
import { ApiError } from './http/errors'
import type { Filters } from './http/filters'
import type { Services } from './services'
import { networkOf } from './shapes/containers'
import { parseUntil } from './time'

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

const HEALTHS = ['none', 'starting', 'healthy', 'unhealthy']
const STATES = ['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead']

/** @param all also those that do not run, which is every one the engine keeps */
export function selectContainers(services: Services, filters: Filters, all: boolean): Container[] {
  const { containers } = services
  for (const status of filters.get('status')) {
    if (!STATES.includes(status)) throw new ApiError(400, `Invalid filter 'status=${status}'`)
  }
  for (const health of filters.get('health')) {
    if (HEALTHS.includes(health)) continue
    throw new ApiError(400, `Unrecognised filter value for health: ${health}`)
  }
  const list = containers.list()
  const position = (name: string) => {
    const at = list.findIndex(({ record }) => [record.name, record.id].includes(bare(name)))
    if (at < 0) throw new ApiError(404, `no such container ${name}`)
    return at
  }
  for (const code of filters.get('exited')) {
    if (!/^[+-]?\d+$/.test(code)) {
      throw new ApiError(400, `strconv.Atoi: parsing ${JSON.stringify(code)}: invalid syntax`)
    }
  }
  for (const key of ['expose', 'publish']) filters.get(key).forEach((port) => checkPort(key, port))
  const before = filters.get('before').map(position)
  const since = filters.get('since').map(position)
  const ancestors = ancestorIds(services, filters)
  const until = parseUntil(filters)
  const wantsStopped = all || filters.has('status') || filters.has('exited')
  if (!wantsStopped) return []

  return list.filter(({ record }, at) => {
    const { config, hostConfig, mounts, networks } = record
    const joined = Object.keys(networks).map(networkOf)
    const network = joined.length > 0 ? joined : [networkOf(hostConfig.NetworkMode ?? '')]
    return (
      filters.match('id', record.id) &&
      (filters.match('name', record.name) || filters.match('name', `/${record.name}`)) &&
      filters.allowsLabels(config.Labels ?? null) &&
      filters.exact('status', 'created') &&
      // What never ran has not exited.
      !filters.has('exited') &&
      filters.exact('health', 'none') &&
      filters.boolean('is-task') !== true &&
      before.every((limit) => at > limit) &&
      since.every((limit) => at < limit) &&
      (until === null || Date.parse(record.created) < until) &&
      (ancestors === null || record.diffIds.length === 0
        ? ancestors === null
        : ancestors(record.imageId)) &&
      (!filters.has('volume') ||
        mounts.some(({ name, destination }) =>
          filters.get('volume').some((value) => value === name || value === destination),
        )) &&
      // Ports are published, and looked for, while a container runs.
      !filters.has('expose') &&
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

function checkPort(key: string, wanted: string): void {
  const [ports = ''] = wanted.split('/')
  for (const port of ports.split('-')) {
    if (/^\d+$/.test(port)) continue
    const reason = `strconv.ParseUint: parsing ${JSON.stringify(port)}: invalid syntax`
    throw new ApiError(400, `error while looking up for ${key} ${wanted}: ${reason}`)
  }
}

function bare(name: string): string {
  return name.replace(/^\//, '')
}
