import type { Digest } from '../oci/digest'

/** Layers by diffID, base first: an image may hold the same one twice. */
export function distinctLayers<T extends { diffId: Digest }>(layers: readonly T[]): T[] {
  return [...new Map(layers.map((layer) => [layer.diffId, layer])).values()]
}
