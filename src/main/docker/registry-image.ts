import { z } from 'zod'
import { LAMINA_API, type RegistryTarget } from '@shared/lamina-api'
import type { DockerClient } from './client'

const digestSchema = z.object({ digest: z.string() })

/** POST registry/image: what a name in a registry stands for, read without pulling it. */
export async function remoteDigest(
  client: DockerClient,
  target: RegistryTarget & { repository: string; reference: string },
  timeout: number,
  signal?: AbortSignal,
): Promise<string> {
  const path = `${LAMINA_API}/registry/image`
  const { digest } = await client.json(
    { method: 'POST', path, body: target, signal, timeout, about: { registry: target.address } },
    digestSchema,
  )
  return digest
}
