/**
 * The image config: OCI image-spec config.md and the fields that Docker adds to it (moby
 * image/spec/v1.2.md). Its bytes are what an image id is the digest of, so that they are kept as
 * they came; this is the view of them. Go writes null for an empty list: so null is read as well.
 */
import { z } from 'zod'
import { digestSchema } from './manifest'
import { parseDocument } from './json'

const strings = z.array(z.string()).nullish()
const set = z.record(z.string(), z.unknown()).nullish()
/** Docker takes a string for a list of one (moby api/types/strslice). */
const words = z.preprocess((value) => (typeof value === 'string' ? [value] : value), strings)

/** Times are nanoseconds. */
const healthcheckSchema = z.looseObject({
  Test: strings,
  Interval: z.number().optional(),
  Timeout: z.number().optional(),
  StartPeriod: z.number().optional(),
  StartInterval: z.number().optional(),
  Retries: z.number().optional(),
})
export type Healthcheck = z.infer<typeof healthcheckSchema>

/** What a container is made with: `config` of an image, `Config` of a container. */
export const runConfigSchema = z.looseObject({
  Hostname: z.string().optional(),
  Domainname: z.string().optional(),
  User: z.string().optional(),
  AttachStdin: z.boolean().optional(),
  AttachStdout: z.boolean().optional(),
  AttachStderr: z.boolean().optional(),
  ExposedPorts: set,
  Tty: z.boolean().optional(),
  OpenStdin: z.boolean().optional(),
  StdinOnce: z.boolean().optional(),
  Env: strings,
  Cmd: words,
  Healthcheck: healthcheckSchema.nullish(),
  ArgsEscaped: z.boolean().optional(),
  Image: z.string().optional(),
  Volumes: set,
  WorkingDir: z.string().optional(),
  Entrypoint: words,
  NetworkDisabled: z.boolean().optional(),
  MacAddress: z.string().optional(),
  OnBuild: strings,
  Labels: z.record(z.string(), z.string()).nullish(),
  StopSignal: z.string().optional(),
  StopTimeout: z.number().nullish(),
  Shell: strings,
})
export type RunConfig = z.infer<typeof runConfigSchema>

export const historySchema = z.looseObject({
  created: z.string().nullish(),
  author: z.string().optional(),
  created_by: z.string().optional(),
  comment: z.string().optional(),
  empty_layer: z.boolean().optional(),
})
export type History = z.infer<typeof historySchema>

const imageConfigSchema = z.looseObject({
  created: z.string().nullish(),
  author: z.string().optional(),
  architecture: z.string(),
  variant: z.string().optional(),
  os: z.string(),
  'os.version': z.string().optional(),
  'os.features': strings,
  config: runConfigSchema.nullish(),
  rootfs: z.looseObject({
    type: z.literal('layers'),
    /** Base first. */
    diff_ids: z
      .array(digestSchema)
      .max(10_000)
      .nullish()
      .transform((ids) => ids ?? []),
  }),
  history: z
    .array(historySchema)
    .max(10_000)
    .nullish()
    .transform((history) => history ?? []),
  /** Docker's own. */
  comment: z.string().optional(),
  container: z.string().optional(),
  container_config: runConfigSchema.nullish(),
  docker_version: z.string().optional(),
  parent: z.string().optional(),
})
export type ImageConfig = z.infer<typeof imageConfigSchema>

/** Throws `document_invalid`. */
export function parseImageConfig(bytes: Buffer, name = 'image config'): ImageConfig {
  return parseDocument(bytes, imageConfigSchema, name)
}
