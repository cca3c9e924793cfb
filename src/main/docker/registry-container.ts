/**
 * The real registry (`registry:2`, distribution) as a container, as `docker run -d -p … -v … registry`
 * makes it; and its image made of a docker-registry program, where no hub can be reached.
 */
import type { Readable } from 'node:stream'
import { z } from 'zod'
import type { DockerClient } from './client'
import { follow } from './transfers'

export const CONTAINER = 'lamina-registry'
export const VOLUME = 'lamina-registry'
/** What runs: that of Docker Hub, or the one that was made here. */
export const PULLED = 'registry:2'
export const MADE = 'lamina/registry:local'

const inspectSchema = z.object({
  Id: z.string(),
  State: z.object({ Running: z.boolean() }),
  Config: z.object({ Image: z.string() }),
  HostConfig: z.object({
    PortBindings: z
      .record(z.string(), z.array(z.object({ HostIp: z.string(), HostPort: z.string() })).nullish())
      .nullish(),
  }),
})

const foundSchema = z.array(z.object({ Id: z.string(), Names: z.array(z.string()) }))

export interface RegistryContainer {
  id: string
  running: boolean
  image: string
  /** Of loopback. */
  port: number | null
}

/** The container of that name; null: there is none. */
export async function findRegistryContainer(
  client: DockerClient,
): Promise<RegistryContainer | null> {
  const filters = JSON.stringify({ name: [`^/${CONTAINER}$`] })
  const query = { all: true, filters }
  const found = await client.json({ path: '/containers/json', query }, foundSchema)
  const one = found.find(({ Names }) => Names.includes(`/${CONTAINER}`))
  if (!one) return null
  const { Id, State, Config, HostConfig } = await client.json(
    { path: `/containers/${one.Id}/json`, about: { name: CONTAINER } },
    inspectSchema,
  )
  const port = HostConfig.PortBindings?.['5000/tcp']?.[0]?.HostPort
  return { id: Id, running: State.Running, image: Config.Image, port: port ? Number(port) : null }
}

/** POST /containers/create; its data is in a volume of its own, which outlives it. */
export async function createRegistryContainer(
  client: DockerClient,
  image: string,
  port: number,
): Promise<void> {
  await client.text({
    method: 'POST',
    path: '/containers/create',
    query: { name: CONTAINER },
    body: {
      Image: image,
      ExposedPorts: { '5000/tcp': {} },
      Env: ['REGISTRY_STORAGE_DELETE_ENABLED=true'],
      HostConfig: {
        PortBindings: { '5000/tcp': [{ HostIp: '127.0.0.1', HostPort: String(port) }] },
        Binds: [`${VOLUME}:/var/lib/registry`],
        RestartPolicy: { Name: 'unless-stopped' },
      },
    },
    about: { name: CONTAINER },
  })
}

/** POST /images/create from a root file system. */
export async function importRegistryImage(
  client: DockerClient,
  rootfs: Readable,
  signal: AbortSignal,
): Promise<void> {
  const [repo, tag] = MADE.split(':')
  const changes = [
    'ENTRYPOINT ["/bin/registry"]',
    'CMD ["serve", "/etc/docker/registry/config.yml"]',
    'EXPOSE 5000/tcp',
    'VOLUME ["/var/lib/registry"]',
  ]
  const query = { fromSrc: '-', repo, tag, changes, message: 'docker-registry of this machine' }
  await follow(
    client,
    { method: 'POST', path: '/images/create', query, file: rootfs, signal, about: {} },
    () => undefined,
  )
}
