/** POST /build: Docker's classic builder, on a daemon or on the bundled engine. */
import type { Readable } from 'node:stream'
import { LaminaError } from '@shared/errors'
import type { DockerClient, RegistryAuth } from './client'
import { fullId } from './names'
import { follow, type OnLine } from './transfers'

export interface BuildRequest {
  /** Path of the Dockerfile in the context. */
  dockerfile: string
  /** The name that the image gets at the end. */
  reference: string
  args: Record<string, string>
  /** The stage to stop after; '': the last one. */
  target: string
  noCache: boolean
  /** Logins for the images that it begins with, by host. */
  logins: Record<string, RegistryAuth>
  rootDir: string | null
}

/**
 * Sends a context (a tar, plain or compressed) and reads what the builder says, to the image's id.
 * @throws LaminaError what the stream's error line says; engine_lost when it ends without an image
 */
export async function buildImage(
  client: DockerClient,
  context: Readable,
  request: BuildRequest,
  signal: AbortSignal,
  onLine: OnLine,
): Promise<string> {
  let id: string | null = null
  await follow(
    client,
    {
      method: 'POST',
      path: '/build',
      query: {
        dockerfile: request.dockerfile,
        t: request.reference,
        buildargs: JSON.stringify(request.args),
        target: request.target === '' ? undefined : request.target,
        nocache: request.noCache ? 1 : undefined,
        rm: 1,
        forcerm: 1,
      },
      file: context,
      registries: request.logins,
      signal,
      about: { rootDir: request.rootDir },
    },
    (line) => {
      const said = line.aux?.ID
      if (typeof said === 'string') id = fullId(said)
      // Old daemons and Podman say no more than this.
      else id ??= /^Successfully built ([0-9a-f]{12,64})/.exec(line.stream ?? '')?.[1] ?? null
      onLine(line)
    },
  )
  if (id === null) throw new LaminaError('engine_lost')
  return id
}
