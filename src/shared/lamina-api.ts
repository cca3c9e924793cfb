/**
 * The engine's own routes, `/lamina/v1/…`, for what Docker has no endpoint for. They stand on the
 * same socket as the Docker Engine API; `docs/api.md` describes them for people.
 *
 * | Route | Body | Answer |
 * |---|---|---|
 * | GET /lamina/v1/info | | EngineInfo |
 * | POST /lamina/v1/sample | | {id, reference}: makes the sample image |
 * | PUT /lamina/v1/insecure-registries | {hosts: string[]} | 204: hosts that push and pull reach over http |
 * | DELETE /lamina/v1/containers/{id}/files?path= | | 204 |
 * | POST /lamina/v1/trees | OpenTreeRequest | JSON lines of OpenTreeLine, the last one `summary` or `error` |
 * | GET /lamina/v1/trees/{tree}/children?path=&offset=&limit= | | TreePage |
 * | GET /lamina/v1/trees/{tree}/search?query=&limit= | | TreePage |
 * | POST /lamina/v1/fsck | | JSON lines of FsckLine, the last one `report` or `error`: verifies the whole store |
 * | GET /lamina/v1/layers | | LayersAnswer: every layer of the store with its bytes |
 * | POST /lamina/v1/gc | | GcSummary: removes what nothing refers to |
 * | POST /lamina/v1/registry/probe | RegistryTarget | RegistryProbe |
 * | POST /lamina/v1/registry/repositories | RegistryTarget & {after, limit} | {repositories, next} |
 * | POST /lamina/v1/registry/tags | RegistryTarget & {repository, after?, limit?} | {tags, next} |
 * | POST /lamina/v1/registry/image | RegistryTarget & {repository, reference, platform?} | RemoteImageDetails |
 * | POST /lamina/v1/registry/siblings | RegistryTarget & {repository, tag} | {digest, tags, indexes} |
 * | POST /lamina/v1/registry/digests | RegistryTarget & {repository, tags} | {digests}: by tag, null where there is none |
 * | POST /lamina/v1/registry/delete-tag | RegistryTarget & {repository, tag, siblings: keep or remove, digest?} | DeletedTag |
 * | GET, PUT, DELETE /lamina/v1/registry-server | PUT: OwnRegistryOptions | OwnRegistryState: tells, starts, ends the registry of one's own |
 * | POST /lamina/v1/registry-server/gc | {untagged?} | OwnRegistryGarbage |
 * | GET, PUT, DELETE /lamina/v1/registry-server/users?file=&name= | PUT: {file, name, password} | {users} |
 * | GET /lamina/v1/registry-server/tls?file= | | CertificateInfo |
 * | POST /lamina/v1/registry-server/tls | {folder, names} | CertificateInfo: makes tls.crt and tls.key |
 * | POST /lamina/v1/transfers/plan | TransferRequest to a registry | TransferPreview |
 * | POST /lamina/v1/transfers/copy | TransferRequest | JSON lines of TransferLine, the last one `result` or `error` |
 *
 * Who signs in comes with the request, as Docker has it: `X-Registry-Auth` (one AuthConfig) or
 * `X-Registry-Config` (AuthConfigs by host), base64url. Nothing of it is kept.
 *
 * An error is `{message, error: AppError}` with a 4xx or 5xx status: `message` is Docker's field.
 */
import { z } from 'zod'
import { appErrorSchema } from './app-error-schema'
import type { AppError } from './errors'
import type { TaskItemState, TreeSource, TreeSummary } from './models'
import type { StoreReport } from './storage'

export const LAMINA_API = '/lamina/v1'

export interface EngineInfo {
  version: string
  /** Folder of the store. */
  root: string
  pid: number
  node: string
}

/** How the engine process reaches a Docker daemon: dockerode's own options. */
export const daemonAddressSchema = z.strictObject({
  socketPath: z.string().optional(),
  protocol: z.enum(['http', 'https', 'ssh']).optional(),
  host: z.string().optional(),
  port: z.int().min(1).max(65_535).optional(),
  username: z.string().optional(),
  ca: z.string().optional(),
  cert: z.string().optional(),
  key: z.string().optional(),
})
export type DaemonAddress = z.infer<typeof daemonAddressSchema>

export interface OpenTreeRequest {
  source: TreeSource
  /** Where the image or container is; null: in the bundled engine itself. */
  daemon: DaemonAddress | null
}

export type OpenTreeLine =
  | { progress: { done: number; total: number | null } }
  | { summary: TreeSummary }
  | { error: AppError }

export type FsckLine =
  | { progress: { done: number; total: number | null } }
  | { report: StoreReport }
  | { error: AppError }

/** Every layer of the bundled store, each of which is there once. */
export interface LayersAnswer {
  layers: {
    diffId: string
    /** Bytes of its files. */
    size: number
    /** Bytes that it takes on the disk, in every form in which it is kept. */
    stored: number
  }[]
}

export interface GcSummary {
  /** Blobs. */
  removed: number
  /** Bytes. */
  freed: number
}

export const registryTargetSchema = z.object({
  address: z.string().min(1),
  protocol: z.enum(['https', 'http']),
  username: z.string().nullable(),
  password: z.string().nullable(),
  /** Of `docker login`, in the place of a password. */
  identitytoken: z.string().nullish(),
  /** Authorities to trust beside the machine's, PEM. */
  ca: z.string().nullish(),
})
export type RegistryTarget = z.infer<typeof registryTargetSchema>

/** A registry as a place to copy from or to. */
const registryPlaceSchema = z.strictObject({
  kind: z.literal('registry'),
  /** Full: `127.0.0.1:5000/mhk/app:1`, `docker.io/library/busybox@sha256:…`. */
  reference: z.string().min(1),
  /** Null: https, and what the engine was told for insecure hosts. */
  protocol: z.enum(['https', 'http']).nullable().default(null),
  /** Authorities to trust beside the machine's, PEM. */
  ca: z.string().nullable().default(null),
})

/** Where an image is copied from. */
const transferSourceSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('store'), image: z.string().min(1) }),
  z.strictObject({
    kind: z.literal('daemon'),
    daemon: daemonAddressSchema,
    image: z.string().min(1),
  }),
  registryPlaceSchema,
  z.strictObject({
    kind: z.literal('archive'),
    /** Of a file, as the engine sees it. */
    path: z.string().min(1),
    /** A name that stands in it; null: the only image. */
    image: z.string().nullable().default(null),
  }),
])
export type TransferSource = z.infer<typeof transferSourceSchema>

/** Where to, and under which name. */
const transferTargetSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('store'), reference: z.string().min(1) }),
  z.strictObject({
    kind: z.literal('daemon'),
    daemon: daemonAddressSchema,
    reference: z.string().min(1),
  }),
  registryPlaceSchema,
  z.strictObject({
    kind: z.literal('archive'),
    path: z.string().min(1),
    /** The name that it has in the archive. */
    reference: z.string().nullable().default(null),
  }),
])
export type TransferTarget = z.infer<typeof transferTargetSchema>

export const transferRequestSchema = z.strictObject({
  source: transferSourceSchema,
  target: transferTargetSchema,
  /** `all` of an index, or one (`linux/arm64`); null: the machine's. */
  platform: z.string().nullable().default(null),
})
export type TransferRequest = z.input<typeof transferRequestSchema>

/** How much a registry still gives. */
export interface RateLimit {
  limit: number | null
  remaining: number | null
  /** Seconds. */
  window: number | null
}

export interface TransferPlanItem {
  kind: 'layer' | 'config'
  diffId: string | null
  /** Null: it is not packed yet. */
  digest: string | null
  /** Bytes as it travels; null while it is not packed. */
  size: number | null
  /** Bytes before packing, of one that is not packed yet, where they are known. */
  estimate: number | null
  state: 'exists' | 'mount' | 'send'
  /** The repository that it is mounted from. */
  from: string | null
}

export interface TransferPlan {
  /** Base first; the config last. */
  items: TransferPlanItem[]
  /** Bytes of each kind, as far as they are known. */
  send: number
  mount: number
  exists: number
  /** Items to send whose size is not known before they are packed. */
  unknown: number
  /** The digest that the tag stands for now; null: it is new. */
  replaces: string | null
  /** Of an index that goes as a whole. */
  platforms: string[]
  rateLimit: RateLimit | null
}

/** What POST transfers/plan answers. */
export interface TransferPreview extends TransferPlan {
  /** Who can see the repository, as far as the registry tells; `new`: there is none yet. */
  visibility: 'public' | 'private' | 'new' | 'unknown'
  /** What the registry's bearer challenge names as its service: it tells ACR behind any host. */
  service: string | null
}

export type TransferLine =
  { item: TransferItemLine } | { result: TransferResult } | { error: AppError }

/** One layer's state. */
export interface TransferItemLine {
  /** The first 12 digits of its digest or diffID. */
  id: string
  state: TaskItemState
  /** Docker's words: "Pushing", "Layer already exists", …; "Compressing", "Saving". */
  status: string
  /** Bytes. */
  done: number
  total: number | null
}

export interface TransferResult {
  /** The image's id, or an index's digest. */
  id: string
  /** Of the manifest as it was read back from the registry; null where there is none. */
  digest: string | null
  /** Bytes of the manifest. */
  size: number
  /** Whether everything was there. */
  upToDate: boolean
  rateLimit: RateLimit | null
}

/** An image in a registry, looked at without pulling it. */
export interface RemoteImageDetails {
  /** Of what stands under the reference. */
  digest: string
  mediaType: string
  /** The document itself. */
  raw: string
  /** Of an index: its lines; attestations have `attests`. Null: it is an image. */
  platforms:
    | {
        platform: string | null
        digest: string
        size: number
        mediaType: string
        attests: string | null
      }[]
    | null
  /** Of the image, or of the one for the platform that was asked for; null: none of that platform. */
  image: {
    digest: string
    /** The config's digest: Docker's id. */
    id: string
    platform: string
    /** ISO 8601, or null. */
    created: string | null
    /** Bytes of its layers and its config as they travel. */
    size: number
    /** The config's JSON. */
    config: string
    layers: { digest: string; diffId: string | null; size: number; mediaType: string }[]
  } | null
}

export const apiErrorSchema = z.object({ message: z.string(), error: appErrorSchema.optional() })
