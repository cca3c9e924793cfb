import { z } from 'zod'
import { callJson } from './http'
import type { Normaliser } from './normalise'

const image = z.looseObject({ RepoTags: z.array(z.string()).nullable(), Size: z.number() })
const container = z.looseObject({
  Names: z.array(z.string()),
  Image: z.string(),
  Mounts: z.array(z.looseObject({})),
})
const volume = z.looseObject({ Name: z.string() })

/** Images, containers and volumes as the API tells them, in an order that chance does not change. */
export async function readState(socketPath: string, normaliser: Normaliser): Promise<unknown> {
  const images = z
    .array(image)
    .nullable()
    .parse(await callJson(socketPath, 'GET', '/images/json?all=1'))
  const containers = z
    .array(container)
    .nullable()
    .parse(await callJson(socketPath, 'GET', '/containers/json?all=1&size=1'))
  const volumes = z
    .object({ Volumes: z.array(volume).nullable() })
    .parse(await callJson(socketPath, 'GET', '/volumes'))
  const pick = (items: Record<string, unknown>[], keys: string[]): unknown[] =>
    normaliser.list(items.map((item) => Object.fromEntries(keys.map((key) => [key, item[key]]))))
  return {
    images: pick(images ?? [], ['Id', 'RepoTags', 'RepoDigests', 'Size', 'Labels']),
    containers: pick(
      (containers ?? []).map((item) => ({ ...item, Mounts: item.Mounts.map(placeOf) })),
      ['Names', 'Image', 'Command', 'State', 'Labels', 'Mounts', 'SizeRw', 'SizeRootFs'],
    ),
    volumes: pick(volumes.Volumes ?? [], ['Name', 'Driver', 'Labels', 'Options', 'Scope']),
  }
}

/** dockerd's list leaves out the source of some mounts; inspect, which tells it, is compared too. */
function placeOf({ Type, Name, Destination, RW }: Record<string, unknown>): unknown {
  return { Type, Name, Destination, RW }
}
