/** An index in a registry with everything that it names: all platforms, attestations included. */
import { LaminaError } from '@shared/errors'
import type { Digest } from '../oci/digest'
import { parseIndex, parseManifest, type Descriptor } from '../oci/manifest'
import { isForeignLayer, isIndexType } from '../oci/media-types'
import type { RegistryClient } from '../registry/client/client'
import { sourcedImage, type Sourced, type SourcedBlob, type SourcedDocument } from './copy'
import { platformName } from './platform'
import { imageOf } from './remote-image'

/** How deep indexes may stand in indexes, and how many documents there may be in all. */
const MAX_DEPTH = 3
const MAX_DOCUMENTS = 2000

/**
 * Opens what stands under a tag or digest as a whole; an image of one platform as that. Errors: those
 * of the client, `document_invalid`, `digest_mismatch`.
 */
export async function openRemoteIndex(
  client: RegistryClient,
  repository: string,
  reference: string,
  signal?: AbortSignal,
): Promise<Sourced> {
  const name = `${client.endpoint.address}/${repository}`
  const found = await client.getManifest(repository, reference, signal)
  if (!isIndexType(found.mediaType)) {
    return sourcedImage(await imageOf(client, repository, name, found, signal), found.digest)
  }
  return collectIndex(found, {
    name,
    read: async ({ digest }) => client.getManifest(repository, digest, signal),
    open: ({ digest, size }, start, stop) =>
      client.readBlob(repository, digest, { offset: start, size, signal: stop }),
  })
}

export interface IndexReader {
  /** How errors call the image. */
  name: string
  read(descriptor: Descriptor): Promise<SourcedDocument>
  open(
    descriptor: Descriptor,
    start: number,
    signal: AbortSignal | undefined,
  ): AsyncIterable<Buffer>
}

/** Follows an index to everything that it names. */
export async function collectIndex(top: SourcedDocument, reader: IndexReader): Promise<Sourced> {
  const documents = new Map<Digest, SourcedDocument>()
  const blobs = new Map<Digest, SourcedBlob>()
  const platforms = new Set<string>()
  const visit = async (document: SourcedDocument, depth: number): Promise<void> => {
    if (documents.has(document.digest)) return
    if (depth > MAX_DEPTH || documents.size > MAX_DOCUMENTS) {
      throw new LaminaError('document_invalid', { name: reader.name, reason: 'nested too deeply' })
    }
    if (isIndexType(document.mediaType)) {
      for (const entry of parseIndex(document.bytes, reader.name).manifests) {
        if (entry.platform && entry.platform.os !== 'unknown') {
          platforms.add(platformName(entry.platform))
        }
        if (!documents.has(entry.digest)) await visit(await reader.read(entry), depth + 1)
      }
    } else {
      const { config, layers } = parseManifest(document.bytes, reader.name)
      for (const blob of [config, ...layers]) {
        if (!isForeignLayer(blob.mediaType)) blobs.set(blob.digest, blobOf(blob, reader))
      }
    }
    documents.set(document.digest, document)
  }
  await visit(top, 0)
  return {
    kind: 'index',
    digest: top.digest,
    blobs: [...blobs.values()],
    documents: [...documents.values()],
    platforms: [...platforms],
  }
}

function blobOf(descriptor: Descriptor, reader: IndexReader): SourcedBlob {
  return {
    known: async () => descriptor,
    descriptor: async () => descriptor,
    open: async ({ start = 0, signal } = {}) => reader.open(descriptor, start, signal),
  }
}
