/** What `manifest.json` of a docker-archive says (moby image/tarexport/load.go). */
import { LaminaError } from '@shared/errors'
import { parseReference } from '@shared/reference'
import { z } from 'zod'
import { type Digest, digestOf } from '../oci/digest'
import { parseImageConfig } from '../oci/image-config'
import { parseDocument } from '../oci/json'
import { digestSchema, parseIndex } from '../oci/manifest'
import { layerCompression } from '../oci/media-types'
import { type Archive, corrupted, layerAt } from './archive-reader'
import { blobDocument, manifestOfImage } from './archive-layout'
import type { ArchivedImage } from './load'
import type { Store } from './types'

const itemSchema = z.looseObject({
  Config: z.string(),
  RepoTags: z.array(z.string()).nullish(),
  Layers: z.array(z.string()).nullish(),
  /** Id of the image that it was made from, where that is in the archive too. */
  Parent: digestSchema.nullish(),
})

/** @throws LaminaError archive_corrupted, digest_mismatch */
export async function dockerImages(store: Store, archive: Archive): Promise<ArchivedImage[]> {
  const raw = archive.documents.get('manifest.json') as Buffer
  const items = parseDocument(raw, z.array(itemSchema).max(10_000), 'manifest.json')
  return items.map((item) => {
    for (const path of [item.Config, ...(item.Layers ?? [])]) refuseOutside(path)
    const path = item.Config.replace(/^\.?\/+/, '')
    const rawConfig = archive.documents.get(path)
    if (!rawConfig) throw corrupted(`the config ${item.Config} is missing`)
    const config = parseImageConfig(rawConfig, item.Config)
    const paths = item.Layers ?? []
    const diffIds = config.rootfs.diff_ids
    if (paths.length !== diffIds.length)
      throw corrupted(
        `invalid manifest, layers length mismatch: expected ${diffIds.length}, got ${paths.length}`,
      )
    diffIds.forEach((diffId, index) => checkLayer(store, archive, paths[index] ?? '', diffId))
    const manifest = hybridManifest(archive, digestOf(rawConfig), diffIds, store)
    return {
      rawConfig,
      names: names(item.RepoTags ?? []),
      parent: item.Parent ?? null,
      ...(manifest && { manifest }),
    }
  })
}

/** The file must be that layer; where the store has the layer already, the file may be missing. */
function checkLayer(store: Store, archive: Archive, path: string, diffId: Digest): void {
  const layer = layerAt(archive, path)
  if (layer === null) {
    if (store.layers.get(diffId)) return
    throw corrupted(`the layer ${path} is missing`)
  }
  if (layer.diffId !== diffId)
    throw new LaminaError(
      'digest_mismatch',
      {},
      { cause: `layer ${path}: ${layer.diffId} is not ${diffId}` },
    )
}

function refuseOutside(path: string): void {
  if (path.split('/').includes('..')) throw corrupted(`${path} is outside of the archive`)
}

/** With a tag each, as dockerd wants them. */
function names(repoTags: string[]): string[] {
  for (const name of repoTags) {
    const parsed = parseReference(name)
    const isTagged = /:[^/]*$/.test(name.replace(/@.*$/, ''))
    if (!parsed.ok || !isTagged) throw corrupted(`invalid tag ${JSON.stringify(name)}`)
  }
  return repoTags
}

/**
 * Docker 25 writes an OCI index beside: its manifest is kept, so that the digest stays the same. One
 * of plain tars is not: a push by it would send every layer unpacked.
 */
function hybridManifest(
  archive: Archive,
  id: Digest,
  diffIds: readonly Digest[],
  store: Store,
): ArchivedImage['manifest'] {
  const raw = archive.documents.get('index.json')
  if (!raw) return undefined
  for (const { digest } of parseIndex(raw, 'index.json').manifests) {
    const bytes = blobDocument(archive, digest)
    const manifest = bytes && manifestOfImage(bytes)
    if (!manifest || manifest.manifest.config.digest !== id) continue
    const kept = manifest.manifest.layers.every(
      (layer, index) => store.layers.byBlob(layer.digest)?.diffId === diffIds[index],
    )
    const packed = manifest.manifest.layers.every(
      ({ mediaType }) => layerCompression(mediaType) !== 'none',
    )
    if (kept && packed) return { mediaType: manifest.mediaType, raw: bytes }
  }
  return undefined
}
