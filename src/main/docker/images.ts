/** Images: `/images/…` of the Docker Engine API, as models. */
import type { ImageDetails, ImageSummary, RemoveReport } from '@shared/models'
import { familiarReference, parseReference } from '@shared/reference'
import type { DockerClient } from './client'
import { containerName, containerState, fetchContainers } from './containers'
import { joinLayers } from './layers'
import { fullId, imagePath, readTag } from './names'
import {
  imageDeleteSchema,
  imageHistorySchema,
  imageInspectSchema,
  imageListSchema,
  type HistoryEntry,
} from './wire'

/** GET /images/json, with the names of the containers made from each. */
export async function listImages(
  client: DockerClient,
  signal?: AbortSignal,
): Promise<ImageSummary[]> {
  const [images, containers] = await Promise.all([
    client.json({ path: '/images/json', signal }, imageListSchema),
    fetchContainers(client, signal),
  ])
  const users = new Map<string, string[]>()
  for (const container of containers) {
    const id = fullId(container.ImageID)
    users.set(id, [...(users.get(id) ?? []), containerName(container.Names)])
  }
  return images.map((image) => ({
    id: fullId(image.Id),
    repoTags: familiar(image.RepoTags),
    repoDigests: familiar(image.RepoDigests),
    createdAt: image.Created * 1000,
    size: image.Size,
    usedBy: users.get(fullId(image.Id)) ?? [],
  }))
}

/** GET /images/{name}/json and /history, joined. `name` is an id or a reference. */
export async function inspectImage(
  client: DockerClient,
  name: string,
  signal?: AbortSignal,
): Promise<ImageDetails> {
  const path = `/images/${imagePath(name)}`
  const about = { name }
  const [raw, history, containers] = await Promise.all([
    client.text({ path: `${path}/json`, signal, about }),
    client.json({ path: `${path}/history`, signal, about }, imageHistorySchema),
    fetchContainers(client, signal),
  ])
  const value: unknown = JSON.parse(raw)
  const image = imageInspectSchema.parse(value)
  const id = fullId(image.Id)
  return {
    id,
    repoTags: familiar(image.RepoTags),
    repoDigests: familiar(image.RepoDigests),
    createdAt: milliseconds(image.Created),
    size: image.Size,
    os: image.Os,
    architecture: image.Architecture,
    author: image.Author,
    comment: image.Comment,
    config: {
      env: image.Config?.Env ?? [],
      cmd: image.Config?.Cmd ?? [],
      entrypoint: image.Config?.Entrypoint ?? [],
      workingDir: image.Config?.WorkingDir ?? '',
      user: image.Config?.User ?? '',
      exposedPorts: image.Config?.ExposedPorts ?? [],
      volumes: image.Config?.Volumes ?? [],
      labels: image.Config?.Labels ?? {},
    },
    layers: joinLayers(history, image.RootFS?.Layers ?? []),
    usedBy: containers
      .filter((container) => fullId(container.ImageID) === id)
      .map((container) => ({
        id: container.Id,
        name: containerName(container.Names),
        state: containerState(container.State),
      })),
    raw: value,
  }
}

/** What the engine knows of an image without its users: GET /images/{name}/json. */
export async function findImage(
  client: DockerClient,
  name: string,
  signal?: AbortSignal,
): Promise<{ id: string; repoTags: string[]; repoDigests: string[]; diffIds: string[] }> {
  const image = await client.json(
    { path: `/images/${imagePath(name)}/json`, signal, about: { name } },
    imageInspectSchema,
  )
  return {
    id: fullId(image.Id),
    repoTags: familiar(image.RepoTags),
    repoDigests: familiar(image.RepoDigests),
    diffIds: image.RootFS?.Layers ?? [],
  }
}

/** GET /images/{name}/history, newest first. */
export function imageHistory(
  client: DockerClient,
  name: string,
  signal?: AbortSignal,
): Promise<HistoryEntry[]> {
  const path = `/images/${imagePath(name)}/history`
  return client.json({ path, signal, about: { name } }, imageHistorySchema)
}

/** Every image with its parent, hidden ones too: GET /images/json?all=1. */
export async function listParents(
  client: DockerClient,
  signal?: AbortSignal,
): Promise<{ id: string; parent: string }[]> {
  const images = await client.json(
    { path: '/images/json', query: { all: 1 }, signal },
    imageListSchema,
  )
  return images.map(({ Id, ParentId }) => ({ id: fullId(Id), parent: fullId(ParentId) }))
}

/** POST /images/{name}/tag. A tag that stood at another image moves. */
export async function tagImage(
  client: DockerClient,
  name: string,
  reference: string,
  signal?: AbortSignal,
): Promise<void> {
  const target = readTag(reference)
  const full = familiarReference(target)
  const repo = full.slice(0, full.length - target.tag.length - 1)
  await client.text({
    method: 'POST',
    path: `/images/${imagePath(name)}/tag`,
    query: { repo, tag: target.tag },
    signal,
    about: { name },
  })
}

/** DELETE /images/{name}: what was untagged and deleted, in the engine's order. */
export async function removeImage(
  client: DockerClient,
  name: string,
  force: boolean,
  signal?: AbortSignal,
): Promise<Pick<RemoveReport['items'][number], 'untagged' | 'deleted'>> {
  const report = await client.json(
    {
      method: 'DELETE',
      path: `/images/${imagePath(name)}`,
      query: { force: force ? 1 : undefined },
      timeout: 300_000,
      signal,
      about: { name },
    },
    imageDeleteSchema,
  )
  return {
    untagged: report.flatMap((row) => (row.Untagged === undefined ? [] : [row.Untagged])),
    deleted: report.flatMap((row) => (row.Deleted === undefined ? [] : [row.Deleted])),
  }
}

/** Names in Docker's short form, without the `<none>` of dangling images. */
function familiar(names: string[]): string[] {
  return names
    .filter((name) => !name.startsWith('<none>'))
    .map((name) => {
      const parsed = parseReference(name)
      return parsed.ok ? familiarReference(parsed.reference) : name
    })
}

/** Milliseconds of an RFC 3339 time; 0 where there is none. */
export function milliseconds(time: string): number {
  const value = Date.parse(time)
  return Number.isNaN(value) ? 0 : value
}
