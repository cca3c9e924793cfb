/** What is kept of a container: one JSON file, `containers/ID/container.json`. */
import { z } from 'zod'
import { digestSchema } from '../oci/manifest'
import { hostConfigSchema } from './host-config'
import { runConfigSchema } from './run-config'

const mountPointSchema = z.object({
  type: z.enum(['bind', 'volume', 'tmpfs']),
  /** Of a volume. */
  name: z.string(),
  /** Folder or file on this machine; empty for tmpfs. */
  source: z.string(),
  /** Cleaned absolute path in the container. */
  destination: z.string(),
  driver: z.string(),
  mode: z.string(),
  rw: z.boolean(),
  propagation: z.string(),
  /** A volume that nobody named: it goes with `docker rm -v`. */
  anonymous: z.boolean(),
  /** An empty volume gets what the image has at the destination. */
  copyData: z.boolean(),
})
export type MountPoint = z.infer<typeof mountPointSchema>

export const endpointSchema = z.looseObject({
  IPAMConfig: z.unknown().optional(),
  Links: z.array(z.string()).nullish(),
  Aliases: z.array(z.string()).nullish(),
  MacAddress: z.string().optional(),
  DriverOpts: z.record(z.string(), z.string()).nullish(),
})
export type Endpoint = z.infer<typeof endpointSchema>

export const recordSchema = z.object({
  version: z.literal(1),
  id: z.string().regex(/^[0-9a-f]{64}$/),
  name: z.string(),
  /** RFC 3339. */
  created: z.string(),
  /** The image as it was named when the container was made. */
  image: z.string(),
  imageId: digestSchema,
  /** Its layers, base first: they stay readable when the image's name and config are removed. */
  diffIds: z.array(digestSchema),
  config: runConfigSchema,
  hostConfig: hostConfigSchema,
  mounts: z.array(mountPointSchema),
  networks: z.record(z.string(), endpointSchema),
})
export type ContainerRecord = z.infer<typeof recordSchema>
