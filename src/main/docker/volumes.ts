/** Volumes: `/volumes` of the Docker Engine API, as models. */
import type { Volume } from '@shared/models'
import type { DockerClient } from './client'
import { containerName, fetchContainers } from './containers'
import { objectPath } from './names'
import { volumeListSchema } from './wire'

/** Milliseconds: it may have gigabytes to delete. */
const REMOVE_LIMIT = 300_000

/** GET /volumes, with the containers that mount each. */
export async function listVolumes(client: DockerClient, signal?: AbortSignal): Promise<Volume[]> {
  const [{ Volumes }, containers] = await Promise.all([
    client.json({ path: '/volumes', signal }, volumeListSchema),
    fetchContainers(client, signal),
  ])
  const users = new Map<string, Volume['usedBy']>()
  for (const container of containers) {
    for (const mount of container.Mounts) {
      if (mount.Type !== 'volume' || mount.Name === '') continue
      const user = {
        id: container.Id,
        name: containerName(container.Names),
        destination: mount.Destination,
      }
      users.set(mount.Name, [...(users.get(mount.Name) ?? []), user])
    }
  }
  return Volumes.map((volume) => ({
    name: volume.Name,
    driver: volume.Driver,
    mountpoint: volume.Mountpoint,
    createdAt: Date.parse(volume.CreatedAt) || null,
    labels: volume.Labels,
    usedBy: users.get(volume.Name) ?? [],
  }))
}

/** DELETE /volumes/{name}: refused while a container mounts it. */
export async function removeVolume(
  client: DockerClient,
  name: string,
  signal?: AbortSignal,
): Promise<void> {
  const path = `/volumes/${objectPath(name)}`
  await client.text({ method: 'DELETE', path, timeout: REMOVE_LIMIT, signal, about: { name } })
}
