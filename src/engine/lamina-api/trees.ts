/** `/lamina/v1/trees…`: opens trees of files and looks into them, page by page. */
import { z } from 'zod'
import { toAppError } from '@shared/errors'
import { daemonAddressSchema, LAMINA_API, type OpenTreeLine } from '@shared/lamina-api'
import type { ApiRequest } from '../docker-api/http/request'
import type { ApiResponse } from '../docker-api/http/response'
import type { Route } from '../docker-api/http/router'
import { OpenTrees } from './trees/open-trees'
import { TreeOpener, type TreeOpenerOptions } from './trees/opener'

const TREES = `${LAMINA_API}/trees`
const MAX_PAGE = 1000

const openSchema = z.object({
  source: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('layer'), image: z.string().min(1), layer: z.int().min(0) }),
    z.object({ kind: z.literal('image'), image: z.string().min(1) }),
    z.object({ kind: z.literal('changes'), container: z.string().min(1) }),
  ]),
  daemon: daemonAddressSchema.nullable(),
})

/** The routes over one set of open trees. */
export function treeRoutes(options: TreeOpenerOptions): Route[] {
  const trees = new OpenTrees()
  const opener = new TreeOpener(trees, options)
  return [
    {
      method: 'POST',
      pattern: TREES,
      handler: (request, response) => open(opener, request, response),
    },
    {
      method: 'GET',
      pattern: `${TREES}/{tree}/children`,
      handler: (request, response) => {
        const { tree, limit } = pageOf(trees, request)
        const offset = Math.max(0, request.integer('offset', 0))
        const path = request.text('path').replace(/^\/+|\/+$/g, '')
        response.json(200, tree.children(path, offset, limit))
      },
    },
    {
      method: 'GET',
      pattern: `${TREES}/{tree}/search`,
      handler: (request, response) => {
        const { tree, limit } = pageOf(trees, request)
        response.json(200, tree.search(request.text('query'), limit))
      },
    },
  ]
}

/**
 * Opens a tree: lines of progress while its layers are indexed, then the summary. A failure before
 * the first line is an answer with its status, later it is the last line. A client that goes away
 * ends the work.
 */
async function open(opener: TreeOpener, request: ApiRequest, response: ApiResponse): Promise<void> {
  const { source, daemon } = await request.json(openSchema)
  const { signal } = request
  const line = (value: OpenTreeLine) => response.line(value)
  try {
    const summary = await opener.open({ source, daemon }, signal, (done, total) => {
      response.hint({ progress: { done, total } } satisfies OpenTreeLine)
    })
    await line({ summary })
  } catch (error) {
    if (!response.started || signal.aborted) throw error
    await line({ error: toAppError(error) })
  }
  response.end()
}

function pageOf(trees: OpenTrees, request: ApiRequest) {
  const limit = Math.min(MAX_PAGE, Math.max(1, request.integer('limit', 200)))
  return { tree: trees.get(request.param('tree')), limit }
}
