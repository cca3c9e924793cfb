/** `/lamina/v1/fsck` and `/lamina/v1/gc`: care of the store as a whole. */
import { toAppError } from '@shared/errors'
import { LAMINA_API, type FsckLine, type GcSummary } from '@shared/lamina-api'
import type { Route } from '../docker-api/http/router'
import type { Store } from '../image/types'

export function storeRoutes(store: Store): Route[] {
  return [
    {
      method: 'POST',
      pattern: `${LAMINA_API}/fsck`,
      // Headers at once: a large store takes minutes, and no client waits that long for a status.
      handler: async ({ signal }, response) => {
        response.beginLines()
        try {
          await response.line({ report: await store.fsck({ signal }) } satisfies FsckLine)
        } catch (error) {
          if (signal.aborted) throw error
          await response.line({ error: toAppError(error) } satisfies FsckLine)
        }
        response.end()
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
