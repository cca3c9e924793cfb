/**
 * The parts of Docker's answers that Lamina reads (API reference v1.41 to v1.47). Lenient where
 * versions and Podman differ: a list may be null, and fields come and go.
 */
import { z } from 'zod'
import { keys, labels, list, size, text, words } from './lenient'

/** GET /images/json */
export const imageListSchema = z.array(
  z.object({
    Id: z.string(),
    ParentId: text,
    RepoTags: list(z.string()),
    RepoDigests: list(z.string()),
    Created: size,
    Size: size,
  }),
)

/** GET /images/{name}/json */
export const imageInspectSchema = z.object({
  Id: z.string(),
  RepoTags: list(z.string()),
  RepoDigests: list(z.string()),
  Created: text,
  Size: size,
  Os: text,
  Architecture: text,
  Author: text,
  Comment: text,
  RootFS: z.object({ Layers: list(z.string()) }).nullish(),
  Config: z
    .object({
      Env: list(z.string()),
      Cmd: words,
      Entrypoint: words,
      WorkingDir: text,
      User: text,
      ExposedPorts: keys,
      Volumes: keys,
      Labels: labels,
    })
    .nullish(),
})

/** GET /images/{name}/history, newest first */
export const imageHistorySchema = z.array(
  z.object({ Id: text, Created: size, CreatedBy: text, Comment: text, Size: size }),
)
export type HistoryEntry = z.output<typeof imageHistorySchema>[number]

/** DELETE /images/{name} */
export const imageDeleteSchema = list(
  z.object({ Untagged: z.string().optional(), Deleted: z.string().optional() }),
)

/** One of `Mounts` of GET /containers/{id}/json (and, shorter, of the list). */
const mountSchema = z.object({
  Type: text,
  Name: text,
  Source: text,
  Destination: text,
  Driver: text,
  Mode: text,
  RW: z.boolean().nullish(),
  Propagation: text,
})
export type WireMount = z.output<typeof mountSchema>

/** GET /containers/json */
export const containerListSchema = z.array(
  z.object({
    Id: z.string(),
    Names: list(z.string()),
    Image: text,
    ImageID: text,
    Command: text,
    Created: size,
    State: text,
    Status: text,
    /** Bytes of its own layer: only of a request with `size`. */
    SizeRw: z.number().nullish(),
    Mounts: list(mountSchema),
  }),
)
export type WireContainer = z.output<typeof containerListSchema>[number]

/** GET /containers/{id}/json */
export const containerInspectSchema = z.object({
  Id: z.string(),
  Name: text,
  Created: text,
  Image: text,
  State: z.object({ Status: text, ExitCode: z.number().nullish() }),
  Config: z.object({
    Image: text,
    Cmd: words,
    Entrypoint: words,
    WorkingDir: text,
    Env: list(z.string()),
  }),
  Mounts: list(mountSchema),
})

/** POST /containers/create, POST /commit */
export const createdSchema = z.object({ Id: z.string() })

/** GET /volumes */
export const volumeListSchema = z.object({
  Volumes: list(
    z.object({
      Name: z.string(),
      Driver: text,
      Mountpoint: text,
      CreatedAt: text,
      Labels: labels,
    }),
  ),
})

const volumeUsageSchema = z.object({
  Name: text,
  UsageData: z.object({ Size: size, RefCount: size }).nullish(),
})

/** One kind of GET /system/df from API 1.52 on; with `verbose` it lists the volumes, too. */
const kindUsageSchema = z
  .object({
    TotalCount: size,
    TotalSize: size,
    Reclaimable: size,
    Items: z.array(volumeUsageSchema).nullish().catch(null),
  })
  .nullish()

/** GET /system/df: lists up to API 1.51, sums from 1.52 on. A size of -1 is not known. */
export const diskUsageSchema = z.object({
  ImageUsage: kindUsageSchema,
  ContainerUsage: kindUsageSchema,
  VolumeUsage: kindUsageSchema,
  LayersSize: size,
  Images: list(z.object({ Size: size, SharedSize: size, Containers: size })),
  Containers: list(z.object({ State: text, SizeRw: size })),
  Volumes: list(volumeUsageSchema),
})
export type WireDiskUsage = z.output<typeof diskUsageSchema>

/** GET /version */
export const versionSchema = z.object({
  Version: text,
  ApiVersion: text,
  Os: text,
  Arch: text,
  Components: list(z.object({ Name: text })),
})

/** GET /info; Podman has DockerRootDir, too. */
export const infoSchema = z.object({ DockerRootDir: text })

/** GET /events */
export const eventSchema = z.object({
  Type: text,
  Action: text,
  Actor: z.object({ ID: text }).nullish(),
})
export type WireEvent = z.output<typeof eventSchema>
