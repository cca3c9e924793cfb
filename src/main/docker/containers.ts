/** Containers: `/containers/…` of the Docker Engine API, as models. */
import type { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import type { ContainerDetails, ContainerState, ContainerSummary, Mount } from '@shared/models'
import { z } from 'zod'
import type { DockerClient } from './client'
import { fullId, imagePath, objectPath } from './names'
import {
  containerInspectSchema,
  containerListSchema,
  createdSchema,
  type WireContainer,
  type WireMount,
} from './wire'

const STATES = [
  'created',
  'running',
  'paused',
  'restarting',
  'removing',
  'exited',
  'dead',
] as const satisfies ContainerState[]

/** A stop waits ten seconds before it kills; a removal may have gigabytes to delete. */
const SLOW = 300_000

/** GET /containers/json?all=1, as it is. With `sizes` the daemon adds up every file of each. */
export function fetchContainers(
  client: DockerClient,
  signal?: AbortSignal,
  { sizes = false } = {},
): Promise<WireContainer[]> {
  const query = { all: 1, size: sizes ? 1 : undefined }
  const timeout = sizes ? SLOW : undefined
  return client.json({ path: '/containers/json', query, signal, timeout }, containerListSchema)
}

/** Every container, running or not. */
export async function listContainers(
  client: DockerClient,
  signal?: AbortSignal,
): Promise<ContainerSummary[]> {
  const containers = await fetchContainers(client, signal)
  return containers.map((container) => ({
    id: container.Id,
    name: containerName(container.Names),
    image: container.Image,
    imageId: fullId(container.ImageID),
    command: container.Command,
    createdAt: container.Created * 1000,
    state: containerState(container.State),
    status: container.Status,
  }))
}

/** GET /containers/{id}/json */
export async function inspectContainer(
  client: DockerClient,
  id: string,
  signal?: AbortSignal,
): Promise<ContainerDetails> {
  const path = `/containers/${objectPath(id)}/json`
  const text = await client.text({ path, signal, about: { name: id } })
  const raw: unknown = JSON.parse(text)
  const container = containerInspectSchema.parse(raw)
  const state = containerState(container.State.Status)
  return {
    id: container.Id,
    name: container.Name.replace(/^\//, ''),
    image: container.Config.Image,
    imageId: fullId(container.Image),
    command: container.Config.Cmd,
    entrypoint: container.Config.Entrypoint,
    workingDir: container.Config.WorkingDir,
    env: container.Config.Env,
    createdAt: Date.parse(container.Created) || 0,
    state,
    exitCode: state === 'exited' || state === 'dead' ? (container.State.ExitCode ?? null) : null,
    mounts: container.Mounts.map(toMount),
    rawMounts: z.object({ Mounts: z.unknown() }).parse(raw).Mounts ?? [],
    raw,
  }
}

/** POST /containers/create; an empty name lets the engine choose one. */
export async function createContainer(
  client: DockerClient,
  options: { image: string; name: string; command: string[] },
  signal?: AbortSignal,
): Promise<{ id: string }> {
  const created = await client.json(
    {
      method: 'POST',
      path: '/containers/create',
      query: { name: options.name === '' ? undefined : objectPath(options.name) },
      body: {
        Image: imagePath(options.image),
        ...(options.command.length > 0 ? { Cmd: options.command } : {}),
      },
      signal,
      about: { name: options.image },
    },
    createdSchema,
  )
  return { id: created.Id }
}

/** POST /containers/{id}/start or /stop */
export async function switchContainer(
  client: DockerClient,
  id: string,
  verb: 'start' | 'stop',
  signal?: AbortSignal,
): Promise<void> {
  const path = `/containers/${objectPath(id)}/${verb}`
  await client.text({ method: 'POST', path, timeout: SLOW, signal, about: { name: id } })
}

/** DELETE /containers/{id}: `volumes` removes its anonymous volumes, too. */
export async function removeContainer(
  client: DockerClient,
  id: string,
  options: { force: boolean; volumes: boolean },
  signal?: AbortSignal,
): Promise<void> {
  await client.text({
    method: 'DELETE',
    path: `/containers/${objectPath(id)}`,
    query: { force: options.force ? 1 : undefined, v: options.volumes ? 1 : undefined },
    timeout: SLOW,
    signal,
    about: { name: id },
  })
}

/** POST /commit without a name: the new image's id. The tag is written afterwards, last. */
export async function commitContainer(
  client: DockerClient,
  options: { id: string; author: string; message: string; pause: boolean },
): Promise<string> {
  const created = await client.json(
    {
      method: 'POST',
      path: '/commit',
      query: {
        container: objectPath(options.id),
        author: options.author === '' ? undefined : options.author,
        comment: options.message === '' ? undefined : options.message,
        pause: options.pause ? 1 : 0,
      },
      // No change to the configuration; Podman refuses a request without a body.
      body: {},
      timeout: 3_600_000,
      about: { name: options.id },
    },
    createdSchema,
  )
  return fullId(created.Id)
}

/** PUT /containers/{id}/archive: unpacks a tar into the folder `path`. */
export async function putArchive(
  client: DockerClient,
  id: string,
  path: string,
  tar: Readable,
  signal: AbortSignal,
): Promise<void> {
  const about = { name: `${id}:${path}` }
  const request = {
    method: 'PUT' as const,
    path: `/containers/${objectPath(id)}/archive`,
    query: { path, noOverwriteDirNonDir: true },
    file: tar,
    signal,
    about,
  }
  const response = await client.stream(request)
  try {
    await finished(response.resume())
  } catch (thrown) {
    throw client.explain(thrown, request)
  }
}

/** The name people know: without the slash, and not that of a link (`/web/db`). */
export function containerName(names: string[]): string {
  const own = names.find((name) => name.lastIndexOf('/') <= 0) ?? names[0] ?? ''
  return own.replace(/^\//, '')
}

/** The state as Docker calls it; Podman's own words become the nearest of Docker's. */
export function containerState(state: string): ContainerState {
  const word = state.toLowerCase()
  const known = STATES.find((name) => name === word)
  if (known) return known
  return word === 'configured' || word === 'initialized' ? 'created' : 'exited'
}

function toMount(mount: WireMount): Mount {
  return {
    type: mount.Type,
    name: mount.Name === '' ? null : mount.Name,
    source: mount.Source,
    destination: mount.Destination,
    mode: mount.Mode,
    rw: mount.RW ?? true,
    propagation: mount.Propagation,
    driver: mount.Driver === '' ? null : mount.Driver,
  }
}
