/** `/lamina/v1/registry/…`: looks into a registry without pulling anything. */
import { z } from 'zod'
import { LAMINA_API, registryTargetSchema, type RegistryTarget } from '@shared/lamina-api'
import { LaminaError } from '@shared/errors'
import type { DeletedTag } from '@shared/registries'
import { parseReference } from '@shared/reference'
import type { ApiRequest } from '../docker-api/http/request'
import type { Route } from '../docker-api/http/router'
import { RegistryClient } from '../registry/client/client'
import { credentialsOf } from '../registry/client/credentials'
import { endpointOf } from '../registry/client/endpoint'
import { describeRemote } from '../transfer/describe-remote'
import type { LocalRegistry } from '../transfer/local-registry'
import { parsePlatform } from '../transfer/platform'
import { signInOf } from './sign-in'

const repositoriesSchema = registryTargetSchema.extend({
  after: z.string().nullable(),
  limit: z.int().min(1).max(1000),
})

const repositorySchema = registryTargetSchema.extend({ repository: z.string().min(1) })

const tagsSchema = repositorySchema.extend({
  after: z.string().nullable().default(null),
  /** Null: all of them. */
  limit: z.int().min(1).max(10_000).nullable().default(null),
})

const imageSchema = repositorySchema.extend({
  /** Tag or digest. */
  reference: z.string().min(1),
  platform: z.string().nullable().default(null),
})

const tagSchema = repositorySchema.extend({ tag: z.string().min(1) })
const deleteSchema = tagSchema.extend({
  siblings: z.enum(['keep', 'remove']),
  /** What the tag is expected to stand for; another one is `changed_meanwhile`. */
  digest: z.string().optional(),
})

const digestsSchema = repositorySchema.extend({ tags: z.array(z.string().min(1)).max(10_000) })

export function registryRoutes(local?: LocalRegistry): Route[] {
  const post = postWith(local)
  return [
    post('probe', registryTargetSchema, (client, _input, signal) => client.probe(signal)),
    post('repositories', repositoriesSchema, (client, { after, limit }, signal) =>
      client.repositories({ after, limit, signal }),
    ),
    post('tags', tagsSchema, async (client, input, signal) => {
      const all = await client.tags(repositoryPath(input), signal)
      return tagPage(all, input)
    }),
    post('image', imageSchema, (client, input, signal) =>
      describeRemote(
        client,
        repositoryPath(input),
        input.reference,
        parsePlatform(input.platform ?? ''),
        signal,
      ),
    ),
    post('siblings', tagSchema, async (client, input, signal) => {
      const path = repositoryPath(input)
      const digest = (await client.headManifest(path, input.tag, signal))?.digest
      if (!digest) {
        const reference = `${path}:${input.tag}`
        throw new LaminaError('manifest_unknown', { address: input.address, reference })
      }
      return { digest, ...(await client.namesakesOf(path, digest, signal)) }
    }),
    post('digests', digestsSchema, async (client, input, signal) => {
      const digests = await client.digestsOfTags(repositoryPath(input), input.tags, signal)
      return { digests: Object.fromEntries(digests) }
    }),
    post('delete-tag', deleteSchema, (client, input, signal): Promise<DeletedTag> => {
      const { tag, siblings, digest: expected } = input
      return client.deleteTag(repositoryPath(input), tag, { siblings, expected, signal })
    }),
  ]
}

/** Sorted; the registry's own pages have been followed, for not every one keeps to `n` and `last`. */
function tagPage(
  all: string[],
  { after, limit }: { after: string | null; limit: number | null },
): { tags: string[]; next: string | null } {
  const start = after === null ? 0 : all.filter((tag) => tag <= after).length
  const tags = all.slice(start, limit === null ? undefined : start + limit)
  const last = tags.at(-1)
  return { tags, next: start + tags.length < all.length && last !== undefined ? last : null }
}

/** A route that works with a client of its body's registry for as long as it is answered. */
const postWith =
  (local: LocalRegistry | undefined) =>
  <S extends z.ZodType<RegistryTarget>>(
    name: string,
    schema: S,
    work: (client: RegistryClient, input: z.output<S>, signal: AbortSignal) => Promise<unknown>,
  ): Route => ({
    method: 'POST',
    pattern: `${LAMINA_API}/registry/${name}`,
    handler: async (request: ApiRequest, response) => {
      const input = await request.json(schema)
      const client = new RegistryClient(endpointOf(input.address, input.protocol), {
        credentials: credentialsOf(input) ?? signInOf(request, [input.address])(input.address),
        ca: [...(input.ca ? [input.ca] : []), ...(local?.authorities(input.address) ?? [])],
      })
      try {
        response.json(200, await work(client, input, request.signal))
      } finally {
        await client.close()
      }
    },
  })

/** The path in the registry, as its references have it. Throws `reference_invalid`. */
function repositoryPath({ address, repository }: { address: string; repository: string }): string {
  const parsed = parseReference(`${address}/${repository}`)
  if (parsed.ok && parsed.reference.domain === address) return parsed.reference.path
  throw new LaminaError('reference_invalid', { reference: `${address}/${repository}` })
}
