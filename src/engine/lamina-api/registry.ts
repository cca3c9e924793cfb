/** `/lamina/v1/registry/…`: looks into a registry without pulling anything. */
import { z } from 'zod'
import { LAMINA_API, registryTargetSchema, type RegistryTarget } from '@shared/lamina-api'
import { LaminaError } from '@shared/errors'
import { parseReference } from '@shared/reference'
import type { ApiRequest } from '../docker-api/http/request'
import type { Route } from '../docker-api/http/router'
import { RegistryClient } from '../registry/client/client'
import { credentialsOf } from '../registry/client/credentials'
import { endpointOf } from '../registry/client/endpoint'

const repositoriesSchema = registryTargetSchema.extend({
  after: z.string().nullable(),
  limit: z.int().min(1).max(1000),
})

const tagsSchema = registryTargetSchema.extend({ repository: z.string().min(1) })

export function registryRoutes(): Route[] {
  return [
    post('probe', registryTargetSchema, (client, _input, signal) => client.probe(signal)),
    post('repositories', repositoriesSchema, (client, { after, limit }, signal) =>
      client.repositories({ after, limit, signal }),
    ),
    post('tags', tagsSchema, async (client, input, signal) => ({
      tags: await client.tags(repositoryPath(input.address, input.repository), signal),
    })),
  ]
}

/** A route that works with a client of its body's registry for as long as it is answered. */
function post<S extends z.ZodType<RegistryTarget>>(
  name: string,
  schema: S,
  work: (client: RegistryClient, input: z.output<S>, signal: AbortSignal) => Promise<unknown>,
): Route {
  return {
    method: 'POST',
    pattern: `${LAMINA_API}/registry/${name}`,
    handler: async (request: ApiRequest, response) => {
      const input = await request.json(schema)
      const client = new RegistryClient(endpointOf(input.address, input.protocol), {
        credentials: credentialsOf(input),
      })
      try {
        response.json(200, await work(client, input, request.signal))
      } finally {
        await client.close()
      }
    },
  }
}

/** The path in the registry, as its references have it. Throws `reference_invalid`. */
function repositoryPath(address: string, repository: string): string {
  const parsed = parseReference(`${address}/${repository}`)
  if (parsed.ok && parsed.reference.domain === address) return parsed.reference.path
  throw new LaminaError('reference_invalid', { reference: `${address}/${repository}` })
}
