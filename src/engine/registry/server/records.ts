/** What is written down about repositories: one record a change (record-log.ts). */
import { z } from 'zod'
import { digestSchema } from '../../oci/manifest'
import { isRepositoryName, isTag } from './names'

const repository = z.string().refine(isRepositoryName)
const tag = z.string().refine(isTag)

const blobRecord = z.object({
  op: z.literal('blob'),
  repository,
  digest: digestSchema,
  size: z.int().min(0),
})

const manifestRecord = z.object({
  op: z.literal('manifest'),
  repository,
  digest: digestSchema,
  size: z.int().min(0),
  mediaType: z.string(),
  tag: tag.optional(),
  /** Of a manifest that refers to another one, for the list of referrers. */
  subject: digestSchema.optional(),
  artifactType: z.string().optional(),
  annotations: z.record(z.string(), z.string()).optional(),
})

export const recordSchema = z.discriminatedUnion('op', [
  blobRecord,
  manifestRecord,
  z.object({ op: z.literal('tag'), repository, tag, digest: digestSchema }),
  z.object({ op: z.literal('untag'), repository, tag }),
  z.object({ op: z.literal('unblob'), repository, digest: digestSchema }),
  /** Its tags go with it. */
  z.object({ op: z.literal('unmanifest'), repository, digest: digestSchema }),
])

export type ManifestRecord = z.infer<typeof manifestRecord>
export type RegistryRecord = z.infer<typeof recordSchema>
