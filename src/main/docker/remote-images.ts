/** Images in a registry, through the engine's `/lamina/v1/registry/…`: nothing is pulled. */
import { z } from 'zod'
import type { RegistryTarget } from '@shared/lamina-api'
import type { DeletedTag, RemoteImage, TagDetails, TagSiblings } from '@shared/registries'
import type { DockerClient } from './client'
import { registryRequest } from './lamina'
import { remoteDetails } from './remote-config'

export type InRepository = RegistryTarget & { repository: string }

const imageSchema = z.object({
  digest: z.string(),
  mediaType: z.string(),
  raw: z.string(),
  platforms: z
    .array(
      z.object({
        platform: z.string().nullable(),
        digest: z.string(),
        size: z.number(),
        attests: z.string().nullable(),
      }),
    )
    .nullable(),
  image: z
    .object({
      digest: z.string(),
      id: z.string(),
      platform: z.string(),
      created: z.string().nullable(),
      size: z.number(),
      config: z.string(),
      layers: z.array(
        z.object({
          digest: z.string(),
          diffId: z.string().nullable(),
          size: z.number(),
          mediaType: z.string(),
        }),
      ),
    })
    .nullable(),
})
export type WireRemoteImage = z.output<typeof imageSchema>

const siblingsSchema = z.object({
  digest: z.string(),
  tags: z.array(z.string()),
  indexes: z.array(z.string()),
}) satisfies z.ZodType<TagSiblings>

const deletedSchema = z.object({
  digest: z.string(),
  how: z.enum(['tag', 'manifest', 'moved']),
  removed: z.array(z.string()),
}) satisfies z.ZodType<DeletedTag>

const digestsSchema = z.object({ digests: z.record(z.string(), z.string().nullable()) })

/** One question for every tag of a repository takes a while. */
const MANY_LIMIT = 600_000

/** What buildx and others put beside images in an index. */
const UNKNOWN = 'unknown/unknown'

/** POST registry/image. Errors: those of the registry, `platform_missing`, `document_invalid`. */
export async function remoteImage(
  client: DockerClient,
  target: InRepository & { reference: string; platform: string | null },
  signal?: AbortSignal,
): Promise<RemoteImage> {
  const wire = await client.json(registryRequest('image', target, signal), imageSchema)
  const { digest, mediaType, raw, image } = wire
  const platforms = platformsOf(wire)
  const name = `${target.address}/${target.repository}`
  return {
    digest,
    mediaType,
    raw,
    platforms,
    attestations: (wire.platforms?.length ?? 0) - (platforms?.length ?? 0),
    image: image && {
      digest: image.digest,
      platform: image.platform,
      ...remoteDetails(image, name, target.reference),
    },
  }
}

/** The same, as much as a row shows; of an index without this machine's platform, of its first one. */
export async function tagDetails(
  client: DockerClient,
  target: InRepository & { tag: string },
  signal?: AbortSignal,
): Promise<TagDetails> {
  const { tag: reference, ...registry } = target
  const ask = (platform: string | null) =>
    client.json(
      registryRequest('image', { ...registry, ...{ reference, platform } }, signal),
      imageSchema,
    )
  let found = await ask(null)
  const platforms = platformsOf(found)?.map(({ platform }) => platform)
  const first = platforms?.[0]
  if (!found.image && first !== undefined) found = await ask(first)
  const { image, digest } = found
  const single = image && image.platform !== '' ? [image.platform] : []
  const createdAt = image?.created ? Date.parse(image.created) : NaN
  return {
    digest,
    size: image?.size ?? null,
    platforms: platforms ?? single,
    createdAt: Number.isNaN(createdAt) ? null : createdAt,
  }
}

/** POST registry/siblings. Errors: `manifest_unknown`. */
export function tagSiblings(
  client: DockerClient,
  target: InRepository & { tag: string },
  signal?: AbortSignal,
): Promise<TagSiblings> {
  return client.json(
    { ...registryRequest('siblings', target, signal), timeout: MANY_LIMIT },
    siblingsSchema,
  )
}

/** POST registry/digests: by tag; null where there is none. */
export async function tagDigests(
  client: DockerClient,
  target: InRepository & { tags: string[] },
  signal?: AbortSignal,
): Promise<Record<string, string | null>> {
  const request = { ...registryRequest('digests', target, signal), timeout: MANY_LIMIT }
  return (await client.json(request, digestsSchema)).digests
}

/** POST registry/delete-tag. Errors: `registry_delete_refused`, `changed_meanwhile`. */
export function deleteTag(
  client: DockerClient,
  target: InRepository & { tag: string; digest: string; siblings: 'keep' | 'remove' },
  signal?: AbortSignal,
): Promise<DeletedTag> {
  return client.json(
    { ...registryRequest('delete-tag', target, signal), timeout: MANY_LIMIT },
    deletedSchema,
  )
}

function platformsOf({ platforms }: WireRemoteImage): RemoteImage['platforms'] {
  if (platforms === null) return null
  return platforms.flatMap(({ platform, digest, size, attests }) =>
    attests !== null || platform === UNKNOWN ? [] : [{ platform: platform ?? '', digest, size }],
  )
}
