/** `/lamina/v1/transfers/…`: a copy between any two places, and what it would do. */
import { toAppError } from '@shared/errors'
import {
  LAMINA_API,
  transferRequestSchema,
  type TransferLine,
  type TransferPreview,
} from '@shared/lamina-api'
import type { z } from 'zod'
import type { ApiRequest } from '../docker-api/http/request'
import type { ApiResponse } from '../docker-api/http/response'
import type { Route } from '../docker-api/http/router'
import { isInsecure } from '../docker-api/routes/image-transfer'
import type { Services } from '../docker-api/services'
import type { Digest } from '../oci/digest'
import type { RegistryClient } from '../registry/client/client'
import { connectPlace } from '../transfer/connect'
import { Daemon } from '../transfer/daemon'
import { PlaceCopy, referenceOf, type Copying, type RegistryPlace } from '../transfer/places'
import { parsePlatform } from '../transfer/platform'
import { planPush } from '../transfer/plan'
import { visibilityOf } from '../transfer/visibility'
import { signInOf, type SignIn } from './sign-in'

type Request = z.output<typeof transferRequestSchema>
type Needed = Pick<Services, 'store' | 'insecureRegistries' | 'events' | 'registry'>

export function transferRoutes(services: Needed): Route[] {
  return [
    {
      method: 'POST',
      pattern: `${LAMINA_API}/transfers/plan`,
      handler: async (request, response) => {
        const asked = await request.json(transferRequestSchema)
        response.json(200, await plan(services, request, asked))
      },
    },
    {
      method: 'POST',
      pattern: `${LAMINA_API}/transfers/copy`,
      handler: async (request, response) => {
        const asked = await request.json(transferRequestSchema)
        await run(services, request, response, asked)
      },
    },
  ]
}

/** A client that goes away ends the copy. */
async function run(
  services: Needed,
  request: ApiRequest,
  response: ApiResponse,
  asked: Request,
): Promise<void> {
  const { signal } = request
  const clients: RegistryClient[] = []
  const copying = copyingOf(services, request, asked, (client) => clients.push(client))
  response.beginLines()
  try {
    const { id, digest, size, upToDate } = await new PlaceCopy(copying).run({
      signal,
      onProgress: (item) => {
        const line = { item } satisfies TransferLine
        if (item.state === 'working') response.hint(line)
        else void response.line(line)
      },
    })
    const rateLimit = clients.map((client) => client.rateLimit).find(Boolean) ?? null
    const result = { id, digest, size, upToDate, rateLimit }
    await response.line({ result } satisfies TransferLine)
  } catch (error) {
    if (signal.aborted) throw error
    await response.line({ error: toAppError(error) } satisfies TransferLine)
  }
  response.end()
}

async function plan(
  services: Needed,
  request: ApiRequest,
  asked: Request,
): Promise<TransferPreview> {
  const { signal } = request
  const copying = copyingOf(services, request, asked, () => undefined)
  const work = new PlaceCopy(copying)
  const { source, client, target } = await work.openPush()
  try {
    const sourced = await source.open(signal)
    const diffIds = sourced.kind === 'image' ? sourced.layers.map(({ diffId }) => diffId) : []
    const sizes = await sizesOf(services, asked, diffIds, signal)
    const plan = await planPush(client, target(), sourced, { signal, sizes })
    const { repository } = target()
    const visibility = await seenBy(services, request, asked, client, repository)
    return { ...plan, visibility, service: client.service }
  } finally {
    await source.close?.()
    await work.close()
  }
}

async function seenBy(
  { insecureRegistries, registry }: Needed,
  { signal }: ApiRequest,
  { target }: Request,
  client: RegistryClient,
  repository: string,
): Promise<TransferPreview['visibility']> {
  if (target.kind !== 'registry') return 'unknown'
  const insecure = (host: string) => isInsecure(insecureRegistries, host)
  const { domain } = referenceOf(target.reference)
  const anonymous = await connectPlace(domain, target, { insecure, local: registry }, signal)
  try {
    return await visibilityOf(anonymous, client, repository, signal)
  } finally {
    await anonymous.close()
  }
}

/** Bytes of layers before packing, as far as their engine tells. */
async function sizesOf(
  { store }: Needed,
  { source }: Request,
  diffIds: readonly Digest[],
  signal: AbortSignal,
): Promise<Map<Digest, number>> {
  const stored = diffIds.map((diffId) => store.layers.get(diffId)?.size ?? null)
  const shown =
    source.kind === 'daemon'
      ? await new Daemon(source.daemon).layerSizes(source.image, diffIds.length, signal)
      : null
  const sizes = new Map<Digest, number>()
  for (const [at, diffId] of diffIds.entries()) {
    const size = stored[at] ?? shown?.[at]
    if (size !== undefined && size !== null) sizes.set(diffId, size)
  }
  return sizes
}

function copyingOf(
  { store, insecureRegistries, registry }: Needed,
  request: ApiRequest,
  { source, target, platform }: Request,
  onClient: (client: RegistryClient) => void,
): Copying {
  const registries = [source, target].filter((place) => place.kind === 'registry')
  const hosts = registries.map((place) => referenceOf(place.reference).domain)
  const signIn: SignIn = signInOf(request, hosts)
  return {
    store,
    source,
    target,
    local: registry,
    platform: platform === 'all' ? 'all' : parsePlatform(platform ?? ''),
    connect: async (place: RegistryPlace) => {
      const { domain } = referenceOf(place.reference)
      const access = {
        credentials: signIn(domain),
        insecure: (host: string) => isInsecure(insecureRegistries, host),
        local: registry,
      }
      const client = await connectPlace(domain, place, access, request.signal)
      onClient(client)
      return client
    },
  }
}
