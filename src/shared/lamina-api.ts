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
 * | POST /lamina/v1/registry/tags | RegistryTarget & {repository} | {tags} |
 *
 * An error is `{message, error: AppError}` with a 4xx or 5xx status: `message` is Docker's field.
 */
import { z } from 'zod'
import { appErrorSchema } from './app-error-schema'
import type { AppError } from './errors'
import type { StoreReport, TreeSource, TreeSummary } from './models'

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
})
export type RegistryTarget = z.infer<typeof registryTargetSchema>

export const apiErrorSchema = z.object({ message: z.string(), error: appErrorSchema.optional() })
export type ApiErrorBody = z.infer<typeof apiErrorSchema>
