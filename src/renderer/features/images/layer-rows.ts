import type { ImageLayer } from '@shared/models'

/** A row of the strata, top first. */
export interface LayerRow {
  layer: ImageLayer
  /** Position among the layers that hold files, or null for a metadata-only step. */
  index: number | null
  command: string
  /** Which colour: `base`, `stratum1` (top) to `stratum4`. */
  colour: 'base' | 'stratum1' | 'stratum2' | 'stratum3' | 'stratum4'
  /** Its size beside the largest layer's, 0 to 1. */
  share: number
}

const COLOURS = ['stratum1', 'stratum2', 'stratum3', 'stratum4'] as const

/** Layers (base first) as they are drawn: turned over, coloured by depth, with readable commands. */
export function layerRows(layers: readonly ImageLayer[]): LayerRow[] {
  const largest = Math.max(1, ...layers.map(({ size }) => size))
  let depth = 0
  return [...layers].reverse().map((layer) => {
    const place = layer.index === null ? depth : depth++
    return {
      layer,
      index: layer.index,
      command: readableCommand(layer.createdBy),
      colour: layer.index === 0 ? 'base' : (COLOURS[Math.min(place, 3)] ?? 'stratum4'),
      share: layer.size / largest,
    }
  })
}

/** Without what the classic builder and BuildKit wrap around a step. */
export function readableCommand(createdBy: string): string {
  return createdBy
    .replace(/^\/bin\/sh -c #\(nop\)\s*/, '')
    .replace(/^RUN \/bin\/sh -c /, 'RUN ')
    .replace(/^\/bin\/sh -c /, 'RUN ')
    .replace(/\s+# buildkit$/, '')
    .replace(/\s+/g, ' ')
    .trim()
}
