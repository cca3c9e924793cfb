/**
 * The layers of an image as Docker tells them: `history` (newest first, without saying which steps
 * made a layer) beside `RootFS.Layers` (base first, without saying what made them).
 *
 * The image's own config has `empty_layer` for each step (OCI image spec, config.md), but Docker
 * does not pass it on, so the two lists are matched: a step with bytes made a layer; of the steps
 * without bytes as many made an (empty) layer as are still missing. Steps whose command can change
 * files (RUN, COPY, ADD, WORKDIR) are taken first, then the newest of the rest.
 */
import type { ImageLayer } from '@shared/models'
import type { HistoryEntry } from './wire'

/** Commands that never make a layer, in the classic builder's and in BuildKit's spelling. */
const METADATA_ONLY =
  /^(?:\/bin\/sh -c #\(nop\)\s+)?(?:ENV|CMD|ENTRYPOINT|LABEL|EXPOSE|USER|VOLUME|ARG|STOPSIGNAL|HEALTHCHECK|SHELL|ONBUILD|MAINTAINER)\b/

/**
 * Joins both lists, base first.
 * @param history as GET /images/{name}/history gives it, newest first; sizes in bytes
 * @param diffIds as RootFS.Layers gives them, base first
 */
export function joinLayers(history: HistoryEntry[], diffIds: string[]): ImageLayer[] {
  const steps = [...history].reverse()
  const filled = pickFilled(steps, diffIds.length)
  let next = 0
  const layers = steps.map((step, position): ImageLayer => {
    const index = filled.has(position) && next < diffIds.length ? next++ : null
    return {
      index,
      diffId: index === null ? null : (diffIds[index] as string),
      createdBy: step.CreatedBy,
      comment: step.Comment,
      createdAt: step.Created * 1000,
      size: step.Size,
    }
  })
  // Fewer steps than layers: some tools write no history.
  for (; next < diffIds.length; next++) {
    layers.push({
      index: next,
      diffId: diffIds[next] as string,
      createdBy: '',
      comment: '',
      createdAt: 0,
      size: 0,
    })
  }
  return layers
}

/** Positions of the steps that made a layer. */
function pickFilled(steps: HistoryEntry[], count: number): Set<number> {
  const filled = new Set<number>()
  steps.forEach((step, position) => {
    if (step.Size > 0) filled.add(position)
  })
  const empty = steps.map((_, position) => position).filter((position) => !filled.has(position))
  const able = empty.filter((position) => !METADATA_ONLY.test(steps[position]?.CreatedBy ?? ''))
  const rest = empty.filter((position) => !able.includes(position)).reverse()
  for (const position of [...able, ...rest]) {
    if (filled.size >= count) break
    filled.add(position)
  }
  return filled
}
