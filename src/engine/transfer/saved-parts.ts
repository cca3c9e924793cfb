/** Which layer a file of a `docker save` stream is, by its name or by what stands before it. */
import { chainIds } from '../oci/chain-id'
import { digestOf, isDigest, type Digest } from '../oci/digest'
import { goJson } from '../oci/go-json'
import type { LayerEntry } from '../layer/types'

/** Longest `json` beside a layer, and longest config, that is looked at. */
const MAX_SMALL = 4 * 1024 * 1024

/** Docker 25 and later name layers by their diffID, Podman does so with an ending. */
export function layerByName(path: string): Digest | null {
  const hex = /^(?:blobs\/sha256\/)?([0-9a-f]{64})(?:\.tar)?$/.exec(path)?.[1]
  const digest = `sha256:${hex ?? ''}`
  return isDigest(digest) ? digest : null
}

/** Where the layer lies that a `json` file describes (Docker before 25): `ID/json`, `ID/layer.tar`. */
export function legacyLayerPath(path: string): string | null {
  return /^[0-9a-f]{64}\/json$/.test(path) ? path.replace(/json$/, 'layer.tar') : null
}

/**
 * The layer that a legacy `json` belongs to: its id is the hash of its own content with the layer's
 * chain id (moby image/v1/imagev1.go, CreateID). Null where none of these fits.
 */
export function layerOfLegacy(json: Buffer, diffIds: readonly Digest[]): Digest | null {
  const described = parse(json)
  if (!described) return null
  const { id, parent, ...rest } = described
  const chain = chainIds(diffIds)
  for (const [at, diffId] of diffIds.entries()) {
    const fields: Record<string, unknown> = { ...rest, layer_id: chain[at] }
    if (typeof parent === 'string') fields['parent'] = `sha256:${parent}`
    const sorted = Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)))
    if (digestOf(goJson(sorted)) === `sha256:${String(id)}`) return diffId
  }
  return null
}

/** Whether a file may hold a document: a config, a manifest, a legacy `json`. */
export function mayBeDocument({ type, path, size }: LayerEntry): boolean {
  if (type !== 'file' || size > MAX_SMALL) return false
  return /(?:\.json|\/json)$/.test(path) || path.startsWith('blobs/')
}

/** Whether a file may be a layer. */
export function mayBeLayer({ type, path, size }: LayerEntry): boolean {
  return type === 'file' && size > 0 && (path.endsWith('.tar') || path.startsWith('blobs/'))
}

function parse(json: Buffer): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(json.toString('utf8'))
    return value !== null && typeof value === 'object' ? { ...value } : null
  } catch {
    return null
  }
}
