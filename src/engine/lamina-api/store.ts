/** `/lamina/v1/fsck` and `/lamina/v1/gc`: care of the store as a whole. */
import { toAppError } from '@shared/errors'
import { LAMINA_API, type FsckLine, type GcSummary, type LayersAnswer } from '@shared/lamina-api'
import type { ApiResponse } from '../docker-api/http/response'
import type { Route } from '../docker-api/http/router'
import type { Store } from '../image/types'

/** Milliseconds between two lines of progress. */
const INTERVAL = 100

export function storeRoutes(store: Store): Route[] {
  return [
    {
      method: 'POST',
      pattern: `${LAMINA_API}/fsck`,
      // Headers at once: a large store takes minutes, and no client waits that long for a status.
      handler: async ({ signal }, response) => {
        response.beginLines()
        try {
          const progress = progressLines(response)
          await response.line({ report: await store.fsck({ signal, progress }) } satisfies FsckLine)
        } catch (error) {
          if (signal.aborted) throw error
          await response.line({ error: toAppError(error) } satisfies FsckLine)
        }
        response.end()
      },
    },
    {
      method: 'GET',
      pattern: `${LAMINA_API}/layers`,
      handler: (_request, response) => {
        const layers = store.layers.list().map(({ diffId, contentSize, forms }) => {
          const stored = forms.reduce((sum, { size }) => sum + size, 0)
          return { diffId, size: contentSize, stored }
        })
        response.json(200, { layers } satisfies LayersAnswer)
      },
    },
    {
      method: 'POST',
      pattern: `${LAMINA_API}/gc`,
      handler: async (_request, response) => {
        const { removed, freed } = await store.gc()
        response.json(200, { removed: removed.length, freed } satisfies GcSummary)
      },
    },
  ]
}

/** Tells how far a check is, ten times a second at most. */
function progressLines(response: ApiResponse): (done: number, total: number | null) => void {
  let last = 0
  return (done, total) => {
    if (Date.now() - last < INTERVAL) return
    last = Date.now()
    response.hint({ progress: { done, total } } satisfies FsckLine)
  }
}
