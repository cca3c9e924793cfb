/** The bundled engine's own routes, `/lamina/v1/…` (src/shared/lamina-api.ts), through dockerode. */
import type { IncomingMessage } from 'node:http'
import { z } from 'zod'
import { appErrorSchema } from '@shared/app-error-schema'
import {
  LAMINA_API,
  type GcSummary,
  type LayersAnswer,
  type OpenTreeRequest,
  type RegistryTarget,
  type TransferPreview,
  type TransferRequest,
} from '@shared/lamina-api'
import type { RegistryProbe, TreePage, TreeSummary } from '@shared/models'
import type { StoreReport } from '@shared/storage'
import type { DockerClient, DockerRequest } from './client'
import { objectPath } from './names'

const treeSummarySchema = z.object({
  tree: z.string(),
  entries: z.number(),
  bytes: z.number(),
  added: z.number(),
  changed: z.number(),
  deleted: z.number(),
}) satisfies z.ZodType<TreeSummary>

export const treeLineSchema = z.union([
  z.object({ progress: z.object({ done: z.number(), total: z.number().nullable() }) }),
  z.object({ summary: treeSummarySchema }),
  z.object({ error: appErrorSchema }),
])
export type TreeLine = z.output<typeof treeLineSchema>

const reportSchema = z.object({
  blobs: z.number(),
  layers: z.number(),
  images: z.number(),
  references: z.number(),
  problems: z.array(
    z.object({
      kind: z.enum(['blob', 'layer', 'image', 'reference', 'index', 'file']),
      subject: z.string(),
      problem: z.string(),
    }),
  ),
}) satisfies z.ZodType<StoreReport>

export const fsckLineSchema = z.union([
  z.object({ progress: z.object({ done: z.number(), total: z.number().nullable() }) }),
  z.object({ report: reportSchema }),
  z.object({ error: appErrorSchema }),
])

const gcSchema = z.object({ removed: z.number(), freed: z.number() }) satisfies z.ZodType<GcSummary>

const layersSchema = z.object({
  layers: z.array(z.object({ diffId: z.string(), size: z.number(), stored: z.number() })),
}) satisfies z.ZodType<LayersAnswer>

/** Of the result, what is shown. */
export const transferLineSchema = z.union([
  z.object({
    item: z.object({
      id: z.string(),
      state: z.enum(['waiting', 'working', 'done', 'exists', 'failed']),
      status: z.string(),
      done: z.number(),
      total: z.number().nullable(),
    }),
  }),
  z.object({ result: z.object({ digest: z.string().nullable() }) }),
  z.object({ error: appErrorSchema }),
])

const planSchema = z.object({
  items: z.array(
    z.object({
      kind: z.enum(['layer', 'config']),
      diffId: z.string().nullable(),
      digest: z.string().nullable(),
      size: z.number().nullable(),
      estimate: z.number().nullable(),
      state: z.enum(['exists', 'mount', 'send']),
      from: z.string().nullable(),
    }),
  ),
  send: z.number(),
  mount: z.number(),
  exists: z.number(),
  unknown: z.number(),
  replaces: z.string().nullable(),
  platforms: z.array(z.string()),
  rateLimit: z
    .object({
      limit: z.number().nullable(),
      remaining: z.number().nullable(),
      window: z.number().nullable(),
    })
    .nullable(),
  visibility: z.enum(['public', 'private', 'new', 'unknown']),
  service: z.string().nullable(),
}) satisfies z.ZodType<TransferPreview>

const treePageSchema = z.object({
  nodes: z.array(
    z.object({
      name: z.string(),
      path: z.string(),
      type: z.enum(['file', 'directory', 'symlink', 'hardlink', 'char', 'block', 'fifo']),
      change: z.enum(['added', 'changed', 'deleted']).nullable(),
      size: z.number().nullable(),
      children: z.number(),
      mode: z.number().nullable(),
      uid: z.number().nullable(),
      gid: z.number().nullable(),
      mtime: z.number().nullable(),
      linkTarget: z.string().nullable(),
    }),
  ),
  total: z.number(),
}) satisfies z.ZodType<TreePage>

const probeSchema = z.object({
  auth: z.enum(['none', 'basic', 'bearer']),
  signedIn: z.boolean().nullable(),
  catalog: z.boolean(),
}) satisfies z.ZodType<RegistryProbe>

const repositoriesSchema = z.object({
  repositories: z.array(z.string()),
  next: z.string().nullable(),
})
const tagsSchema = z.object({ tags: z.array(z.string()) })
const sampleSchema = z.object({ id: z.string(), reference: z.string() })

/** A registry may be slow, and the engine tries more than once. */
const REGISTRY_LIMIT = 90_000
/** It waits for changes of the store that are under way. */
const COLLECT_LIMIT = 300_000

/** POST sample: makes the sample image. */
export function makeSample(client: DockerClient): Promise<z.output<typeof sampleSchema>> {
  return client.json(
    { method: 'POST', path: `${LAMINA_API}/sample`, timeout: 120_000 },
    sampleSchema,
  )
}

/** PUT insecure-registries: hosts that push and pull reach over http. */
export async function putInsecureRegistries(
  client: DockerClient,
  hosts: string[],
  timeout: number,
): Promise<void> {
  const path = `${LAMINA_API}/insecure-registries`
  await client.text({ method: 'PUT', path, body: { hosts }, timeout })
}

/** DELETE containers/{id}/files?path= */
export async function deleteFile(
  client: DockerClient,
  id: string,
  path: string,
  signal?: AbortSignal,
): Promise<void> {
  await client.text({
    method: 'DELETE',
    path: `${LAMINA_API}/containers/${objectPath(id)}/files`,
    query: { path },
    signal,
    about: { name: path },
  })
}

/** POST trees: JSON lines, read by whoever asked. */
export function openTree(
  client: DockerClient,
  request: OpenTreeRequest,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  return client.stream({ method: 'POST', path: `${LAMINA_API}/trees`, body: request, signal })
}

/** GET trees/{tree}/children */
export function treeChildren(
  client: DockerClient,
  input: { tree: string; path: string; offset: number; limit: number },
  signal?: AbortSignal,
): Promise<TreePage> {
  const { tree, ...query } = input
  const path = `${LAMINA_API}/trees/${encodeURIComponent(tree)}/children`
  return client.json({ path, query, signal, about: { name: input.path } }, treePageSchema)
}

/** GET trees/{tree}/search */
export function searchTree(
  client: DockerClient,
  input: { tree: string; query: string; limit: number },
  signal?: AbortSignal,
): Promise<TreePage> {
  const { tree, ...query } = input
  const path = `${LAMINA_API}/trees/${encodeURIComponent(tree)}/search`
  return client.json({ path, query, signal, about: { name: input.query } }, treePageSchema)
}

/** POST fsck: JSON lines, read by whoever asked. */
export function checkStore(client: DockerClient, signal: AbortSignal): Promise<IncomingMessage> {
  return client.stream({ method: 'POST', path: `${LAMINA_API}/fsck`, signal })
}

/** GET layers */
export async function storedLayers(
  client: DockerClient,
  signal?: AbortSignal,
): Promise<LayersAnswer['layers']> {
  return (await client.json({ path: `${LAMINA_API}/layers`, signal }, layersSchema)).layers
}

/** POST gc */
export function collectGarbage(client: DockerClient, signal?: AbortSignal): Promise<GcSummary> {
  const path = `${LAMINA_API}/gc`
  return client.json({ method: 'POST', path, signal, timeout: COLLECT_LIMIT }, gcSchema)
}

/**
 * POST transfers/copy: JSON lines, read by whoever asked; `auth` is for the only registry of the
 * request, `registries` by host for both.
 */
export function startCopy(
  client: DockerClient,
  request: TransferRequest,
  signIn: Pick<DockerRequest, 'auth' | 'registries'>,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const path = `${LAMINA_API}/transfers/copy`
  return client.stream({ method: 'POST', path, body: request, ...signIn, signal })
}

/** POST transfers/plan; `auth` is for the only registry of the request. */
export function planCopy(
  client: DockerClient,
  request: TransferRequest,
  signIn: Pick<DockerRequest, 'auth' | 'registries'>,
  signal?: AbortSignal,
): Promise<TransferPreview> {
  const path = `${LAMINA_API}/transfers/plan`
  return client.json(
    { method: 'POST', path, body: request, ...signIn, signal, timeout: REGISTRY_LIMIT },
    planSchema,
  )
}

/** POST registry/probe */
export function probeRegistry(
  client: DockerClient,
  target: RegistryTarget,
  signal?: AbortSignal,
): Promise<RegistryProbe> {
  return client.json(registryRequest('probe', target, signal), probeSchema)
}

/** POST registry/repositories, paged: `after` is the last name of the page before. */
export function listRepositories(
  client: DockerClient,
  target: RegistryTarget & { after: string | null; limit: number },
  signal?: AbortSignal,
): Promise<z.output<typeof repositoriesSchema>> {
  return client.json(registryRequest('repositories', target, signal), repositoriesSchema)
}

/** POST registry/tags */
export async function listTags(
  client: DockerClient,
  target: RegistryTarget & { repository: string },
  signal?: AbortSignal,
): Promise<string[]> {
  const { tags } = await client.json(registryRequest('tags', target, signal), tagsSchema)
  return tags
}

/** POST registry/{verb} */
export function registryRequest(verb: string, body: RegistryTarget, signal?: AbortSignal) {
  return {
    method: 'POST' as const,
    path: `${LAMINA_API}/registry/${verb}`,
    body,
    signal,
    timeout: REGISTRY_LIMIT,
    about: { registry: body.address },
  }
}
