/**
 * Trees of files: of a layer, an image, a container's changes. The engine's process makes and keeps
 * the index, for images of a daemon, too; pages of it come from there.
 */
import type { Handlers } from '@shared/contract'
import { fromAppError, LaminaError } from '@shared/errors'
import type { OpenedTree, TreeSource, TreeSummary } from '@shared/models'
import { openTree, searchTree, treeChildren, treeLineSchema } from '../docker/lamina'
import { jsonLines } from '../docker/progress'
import type { EnginesService } from './engines'
import type { TasksService } from './tasks'

type Calls = 'trees.open' | 'trees.children' | 'trees.search'

/** An index that is ready comes within this time (milliseconds); a task shows any other. */
const AT_ONCE = 200

type OnProgress = (done: number, total: number | null) => void

export function treeHandlers(engines: EnginesService, tasks: TasksService): Pick<Handlers, Calls> {
  return {
    'trees.open': async ({ source }, context): Promise<OpenedTree> => {
      const { engine, daemon } = await engines.connection()
      const bundled = await engines.bundled()
      const abort = new AbortController()
      let onProgress: OnProgress = () => undefined
      const work = async (): Promise<TreeSummary> => {
        const stream = await openTree(bundled, { source, daemon }, abort.signal)
        try {
          for await (const line of jsonLines(stream, treeLineSchema)) {
            if ('summary' in line) return line.summary
            if ('error' in line) throw fromAppError(line.error)
            onProgress(line.progress.done, line.progress.total)
          }
        } catch (thrown) {
          throw bundled.explain(thrown, { signal: abort.signal })
        }
        throw new LaminaError('engine_lost')
      }
      const summary = work()
      // Whoever goes away before the task stands takes the work along.
      const leave = () => abort.abort()
      context.signal.addEventListener('abort', leave, { once: true })
      const early = await Promise.race([summary, pause(AT_ONCE)])
      context.signal.removeEventListener('abort', leave)
      if (early) return { state: 'ready', summary: early }
      const head = { kind: 'index', subject: subjectOf(source), engine: engine.name } as const
      const task = tasks.start(head, async (run) => {
        run.signal.addEventListener('abort', leave, { once: true })
        onProgress = (done, total) =>
          run.item(head.subject, { state: 'working', status: 'Indexing', done, total })
        return { summary: await summary }
      })
      return { state: 'indexing', task }
    },
    'trees.children': async (input, { signal }) =>
      treeChildren(await engines.bundled(), input, signal),
    'trees.search': async (input, { signal }) => searchTree(await engines.bundled(), input, signal),
  }
}

function subjectOf(source: TreeSource): string {
  if (source.kind === 'changes') return source.container
  return source.kind === 'layer' ? `${source.image} #${source.layer}` : source.image
}

function pause(milliseconds: number): Promise<null> {
  return new Promise((resolve) => setTimeout(() => resolve(null), milliseconds))
}
