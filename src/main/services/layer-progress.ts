/** Docker's progress lines as the items of a task: one for each layer. */
import type { TaskItemState } from '@shared/models'
import type { ProgressLine } from '../docker/progress'
import type { TaskRun } from './tasks'

/** Docker's words for a layer (distribution/xfer and its callers in moby). */
const STATES: [RegExp, TaskItemState][] = [
  [/^(?:Layer already exists|Already exists|Mounted from)/, 'exists'],
  [/^(?:Pushed|Pull complete)/, 'done'],
  [/^(?:Waiting|Preparing|Pulling fs layer)/, 'waiting'],
  [
    /^(?:Pushing|Downloading|Verifying Checksum|Download complete|Extracting|Loading layer|Retrying)/,
    'working',
  ],
]

/** Feeds the items of `run`; lines that are about no layer ("Pulling from …") are passed over. */
export function layerProgress(run: TaskRun): (line: ProgressLine) => void {
  const totals = new Map<string, number>()
  return ({ id, status, progressDetail }) => {
    if (!id || !status) return
    const state = STATES.find(([words]) => words.test(status))?.[1]
    if (state === undefined) return
    const current = progressDetail?.current ?? null
    const total = progressDetail?.total ?? null
    if (total !== null && total > 0) totals.set(id, total)
    const known = totals.get(id) ?? null
    if (state === 'done' || state === 'exists' || status.startsWith('Download complete')) {
      run.item(id, { state, status, ...(known === null ? {} : { done: known, total: known }) })
    } else {
      // A pushed layer is measured before it is compressed: it can end beyond its total.
      const done =
        current === null ? {} : { done: known === null ? current : Math.min(current, known) }
      run.item(id, { state, status, total: known, ...done })
    }
  }
}
