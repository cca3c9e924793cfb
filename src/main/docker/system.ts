/** What an engine says of itself, and what happens in it: /_ping, /version, /info, /events. */
import type { EngineKind, ResourceKind } from '@shared/models'
import type { DockerClient } from './client'
import { jsonLines } from './progress'
import { eventSchema, infoSchema, versionSchema, type WireEvent } from './wire'

export interface EngineFacts {
  kind: Exclude<EngineKind, 'bundled'>
  version: string
  apiVersion: string
  os: string
  arch: string
  rootDir: string | null
}

/** Milliseconds that an engine may take to say that it is there. */
const PING_LIMIT = 5000

/** GET /_ping: rejects when the engine does not answer. */
export async function ping(client: DockerClient, signal?: AbortSignal): Promise<void> {
  await client.text({ path: '/_ping', timeout: PING_LIMIT, signal })
}

/** GET /version and /info. */
export async function readFacts(client: DockerClient, signal?: AbortSignal): Promise<EngineFacts> {
  const [version, info] = await Promise.all([
    client.json({ path: '/version', signal }, versionSchema),
    client.json({ path: '/info', signal }, infoSchema).catch(() => ({ DockerRootDir: '' })),
  ])
  return {
    kind: version.Components.some(({ Name }) => /podman/i.test(Name)) ? 'podman' : 'docker',
    version: version.Version,
    apiVersion: version.ApiVersion,
    os: version.Os,
    arch: version.Arch,
    rootDir: info.DockerRootDir === '' ? null : info.DockerRootDir,
  }
}

/**
 * GET /events since a time (seconds since 1970), until `signal` aborts or the engine goes away (then
 * it throws). `onChange` is called with every kind of thing that changed.
 */
export async function watchEvents(
  client: DockerClient,
  since: number,
  signal: AbortSignal,
  onChange: (kind: ResourceKind) => void,
): Promise<void> {
  const request = { path: '/events', query: { since }, signal }
  const response = await client.stream(request)
  try {
    for await (const event of jsonLines(response, eventSchema)) {
      for (const kind of changedKinds(event)) onChange(kind)
    }
  } catch (thrown) {
    throw client.explain(thrown, request)
  }
}

/** Noise of every exec and health check: nothing that a list shows. */
const QUIET = /^(?:exec_|health_status|top$|resize$|attach$|detach$|copy$|export$)/

/** Which lists an event makes stale. An image's row names its containers, a volume's its users. */
export function changedKinds(event: Pick<WireEvent, 'Type' | 'Action'>): ResourceKind[] {
  switch (event.Type) {
    case 'image':
      return /^(?:push|save)$/.test(event.Action) ? [] : ['image']
    case 'container':
      if (QUIET.test(event.Action)) return []
      return /^(?:create|destroy|rename|commit|remove)$/.test(event.Action)
        ? ['container', 'image', 'volume']
        : ['container']
    case 'volume':
      return ['volume']
    case 'network':
      return ['network']
    default:
      return []
  }
}
