/**
 * Descriptors, manifests and indexes: OCI image-spec descriptor.md, manifest.md, image-index.md and
 * Docker's image manifest v2 schema 2. Fields that are not named here are kept as they came.
 */
import { z } from 'zod'
import { type Digest, isDigest } from './digest'
import { parseDocument } from './json'

export const digestSchema = z.custom<Digest>(isDigest, 'not a sha256 or sha512 digest')

const platformSchema = z.looseObject({
  architecture: z.string(),
  os: z.string(),
  variant: z.string().optional(),
  'os.version': z.string().optional(),
  'os.features': z.array(z.string()).optional(),
})
export type Platform = z.infer<typeof platformSchema>

const annotations = z.record(z.string(), z.string())

export const descriptorSchema = z.looseObject({
  mediaType: z.string(),
  digest: digestSchema,
  size: z.int().min(0),
  urls: z.array(z.string()).nullish(),
  annotations: annotations.nullish(),
  platform: platformSchema.nullish(),
  artifactType: z.string().optional(),
  data: z.string().optional(),
})
export type Descriptor = z.infer<typeof descriptorSchema>

/** A document that is a manifest to one reader and an index to another (CVE-2021-41190). */
const ambiguous = z.undefined('it is a manifest and an index at once').optional()

const manifestSchema = z.looseObject({
  schemaVersion: z.literal(2),
  manifests: ambiguous,
  mediaType: z.string().optional(),
  artifactType: z.string().optional(),
  config: descriptorSchema,
  layers: z.array(descriptorSchema).max(10_000),
  subject: descriptorSchema.nullish(),
  annotations: annotations.nullish(),
})
export type Manifest = z.infer<typeof manifestSchema>

const indexSchema = z.looseObject({
  schemaVersion: z.literal(2),
  config: ambiguous,
  layers: ambiguous,
  mediaType: z.string().optional(),
  artifactType: z.string().optional(),
  manifests: z.array(descriptorSchema).max(10_000),
  subject: descriptorSchema.nullish(),
  annotations: annotations.nullish(),
})
export type Index = z.infer<typeof indexSchema>

/** Throws `document_invalid`. */
export function parseManifest(bytes: Buffer, name = 'manifest'): Manifest {
  return parseDocument(bytes, manifestSchema, name)
}

/** Throws `document_invalid`. */
export function parseIndex(bytes: Buffer, name = 'index'): Index {
  return parseDocument(bytes, indexSchema, name)
}
