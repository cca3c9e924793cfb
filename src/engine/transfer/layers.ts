import type { Layer } from '../image/types'

/** Layers by diffID, base first: an image may hold the same one twice. */
export function distinctLayers(layers: readonly Layer[]): Layer[] {
  return [...new Map(layers.map((layer) => [layer.diffId, layer])).values()]
}
