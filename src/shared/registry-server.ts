/**
 * A registry of one's own: what the engine is told and answers (`/lamina/v1/registry-server`), what
 * main keeps of it, and what the page shows. Sizes are bytes, times milliseconds since 1970.
 */
import { z } from 'zod'
import type { AppError } from './errors'
import { isHostName, isNewPassword, isUserName } from './registry-server-rules'

/** What the engine starts it with. */
export const ownRegistryOptionsSchema = z.strictObject({
  /** Folder of everything that it keeps; one process owns it. */
  root: z.string().min(1),
  /** Address to listen at; empty: every address of the machine. */
  host: z.string().max(255),
  /** 0: a free one. */
  port: z.int().min(0).max(65_535),
  /** Password file (bcrypt); null lets everybody in, which is for loopback only. */
  htpasswd: z.string().min(1).nullable(),
  /** PEM files; null: plain http. */
  tls: z.strictObject({ certificate: z.string().min(1), key: z.string().min(1) }).nullable(),
  readOnly: z.boolean(),
})
export type OwnRegistryOptions = z.infer<typeof ownRegistryOptionsSchema>

export const ownRegistryStateSchema = z.object({
  /** Null: it does not run. */
  running: z
    .object({
      /** `http://127.0.0.1:5000` */
      url: z.string(),
      port: z.number(),
      root: z.string(),
      repositories: z.number(),
      tags: z.number(),
      /** Of all blobs on the disk, linked ones included. */
      stored: z.number(),
    })
    .nullable(),
})
export type OwnRegistryState = z.infer<typeof ownRegistryStateSchema>

export const ownRegistryGarbageSchema = z.object({
  /** Manifests and blobs that lost their place in a repository. */
  unlinked: z.number(),
  /** Files removed, and their bytes. */
  removed: z.number(),
  freed: z.number(),
  /** Uploads given up. */
  uploads: z.number(),
})
export type OwnRegistryGarbage = z.infer<typeof ownRegistryGarbageSchema>

export const certificateInfoSchema = z.object({
  path: z.string(),
  /** Host names and addresses that it is for. */
  names: z.array(z.string()),
  expires: z.number(),
  /** SHA-256, `AB:CD:…`. */
  fingerprint: z.string(),
  /** PEM, of the certificate alone; clients may see it. */
  pem: z.string(),
})
export type CertificateInfo = z.infer<typeof certificateInfoSchema>

export const userNameSchema = z.string().refine(isUserName)
export const newPasswordSchema = z.string().refine(isNewPassword)
export const hostNameSchema = z.string().refine(isHostName)

const path = z.string().max(4096)

/** What a person chooses. */
export const registryServerSettingsSchema = z.strictObject({
  /** Empty: every address. */
  host: z.union([z.literal(''), hostNameSchema]),
  port: z.int().min(1).max(65_535),
  /** Empty: the app's own place. */
  folder: path,
  tls: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('none') }),
    /** Made on the spot, for these names beside the machine's own. */
    z.strictObject({ kind: z.literal('made'), names: z.array(hostNameSchema).max(50) }),
    z.strictObject({ kind: z.literal('own'), certificate: path.min(1), key: path.min(1) }),
  ]),
  readOnly: z.boolean(),
})
export type RegistryServerSettings = z.infer<typeof registryServerSettingsSchema>

export interface RegistryServerView {
  settings: RegistryServerSettings
  /** Absolute: of what it keeps, and where that would be by itself. */
  folder: string
  defaultFolder: string
  /** Whether it should run: it is started with the app. */
  wanted: boolean
  running: OwnRegistryState['running']
  /** As it stands in a reference on this machine; null while it does not run. */
  address: string | null
  /** Addresses under which others may reach it; none where it listens on loopback only. */
  others: string[]
  /** Why it does not run though it should. */
  error: AppError | null
  users: string[]
  /** Of the certificate that the settings name, where it can be read. */
  certificate: CertificateInfo | null
}

/** The real `registry` image on the daemon in use, as `docker run … registry` in tutorials. */
export interface RegistryContainerView {
  /** Whether the engine in use can run containers. */
  available: boolean
  /** The image to run: there already, to be pulled, or to be made of the docker-registry found here. */
  image: 'there' | 'buildable' | 'absent'
  /** Of docker-registry on this machine, from which an image can be made. */
  program: string | null
  container: {
    id: string
    running: boolean
    /** As it stands in a reference on this machine. */
    address: string
    volume: string
    image: string
  } | null
}
