/** What the registry has to know of a manifest: its type, what it refers to, whom it is about. */
import { LaminaError } from '@shared/errors'
import type { Digest } from '../../oci/digest'
import { parseDocument } from '../../oci/json'
import {
  parseIndex,
  parseManifest,
  type Descriptor,
  type Index,
  type Manifest,
} from '../../oci/manifest'
import {
  isForeignLayer,
  isIndexType,
  isManifestType,
  OCI_INDEX,
  OCI_MANIFEST,
} from '../../oci/media-types'
import { z } from 'zod'
import { Fault } from './faults'
import type { ManifestRecord } from './records'

export interface ManifestFacts {
  /** Blobs that have to be in its repository. */
  blobs: Digest[]
  /** Manifests (of an index) that have to be in its repository. */
  manifests: Digest[]
  /** What is remembered of it. */
  kept: Pick<ManifestRecord, 'mediaType' | 'subject' | 'artifactType' | 'annotations'>
}

const headSchema = z.looseObject({ mediaType: z.string().optional() })

/**
 * @param contentType of the request; none and plain JSON leave it to the document
 * @throws Fault MANIFEST_INVALID
 */
export function manifestFacts(bytes: Buffer, contentType: string | undefined): ManifestFacts {
  try {
    return read(bytes, contentType)
  } catch (error) {
    if (!(error instanceof LaminaError)) throw error
    throw new Fault('MANIFEST_INVALID', { detail: error.params.reason ?? error.message })
  }
}

function read(bytes: Buffer, contentType: string | undefined): ManifestFacts {
  const head = parseDocument(bytes, headSchema, 'manifest')
  const declared = contentType?.split(';', 1)[0]?.trim().toLowerCase() || undefined
  const isIndex = head.manifests !== undefined
  if (isIndex && (head.layers !== undefined || head.config !== undefined)) {
    throw invalid('it has both manifests and layers')
  }
  const own = declared === 'application/json' ? undefined : declared
  const mediaType = own ?? head.mediaType ?? (isIndex ? OCI_INDEX : OCI_MANIFEST)
  if (head.mediaType !== undefined && head.mediaType !== mediaType) {
    throw invalid(`it was sent as ${mediaType} and says it is ${head.mediaType}`)
  }
  if (isIndexType(mediaType)) return indexFacts(mediaType, parseIndex(bytes))
  if (isManifestType(mediaType)) return imageFacts(mediaType, parseManifest(bytes))
  throw invalid(`${mediaType} is not supported`)
}

function imageFacts(mediaType: string, manifest: Manifest): ManifestFacts {
  const { config, layers } = manifest
  const needed = layers.filter((layer) => !isForeignLayer(layer.mediaType))
  return {
    kept: keptFacts(mediaType, manifest, manifest.artifactType || config.mediaType),
    blobs: unique([config, ...needed]),
    manifests: [],
  }
}

function indexFacts(mediaType: string, index: Index): ManifestFacts {
  return {
    kept: keptFacts(mediaType, index, index.artifactType),
    blobs: [],
    manifests: unique(index.manifests),
  }
}

function keptFacts(
  mediaType: string,
  { subject, annotations }: Manifest | Index,
  artifactType: string | undefined,
): ManifestFacts['kept'] {
  // Only the list of referrers needs the rest.
  if (!subject) return { mediaType }
  return {
    mediaType,
    subject: subject.digest,
    ...(artifactType && { artifactType }),
    ...(annotations && { annotations }),
  }
}

function unique(descriptors: readonly Descriptor[]): Digest[] {
  return [...new Set(descriptors.map(({ digest }) => digest))]
}

function invalid(detail: string): Fault {
  return new Fault('MANIFEST_INVALID', { detail })
}
