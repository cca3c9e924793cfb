/** Room on the disk: what the engine in use takes, and care of the bundled engine's store. */
import type { Handlers } from '@shared/contract'
import { fromAppError, LaminaError } from '@shared/errors'
import type { StoreReport } from '@shared/storage'
import type { DockerClient } from '../docker/client'
import { checkStore, collectGarbage, fsckLineSchema } from '../docker/lamina'
import { jsonLines } from '../docker/progress'
import { readUsage } from '../docker/storage'
import { cleanUp } from './clean-up'
import { BUNDLED, type EnginesService } from './engines'
import { readContents } from './storage-contents'
import type { TasksService } from './tasks'

type Calls =
  'storage.usage' | 'storage.contents' | 'storage.cleanUp' | 'storage.check' | 'storage.collect'

export function storageHandlers(
  engines: EnginesService,
  tasks: TasksService,
): Pick<Handlers, Calls> {
  return {
    'storage.usage': async (_input, { signal }) => {
      const { client } = await engines.connection()
      return readUsage(client, signal)
    },
    'storage.contents': async (_input, { signal }) =>
      readContents(await engines.connection(), signal),
    'storage.cleanUp': async (chosen) => {
      const connection = await engines.connection()
      const { name } = connection.engine
      return tasks.start({ kind: 'clean-up', subject: name, engine: name }, async (run) => ({
        cleanUp: await cleanUp(connection, chosen, run),
      }))
    },
    'storage.check': async () => {
      const client = await engines.bundled()
      const engine = engines.state().engines.find(({ id }) => id === BUNDLED)
      const subject = engine?.rootDir ?? client.address
      return tasks.start({ kind: 'check', subject, engine: BUNDLED }, async (run) => {
        run.item(subject, { state: 'working', status: 'Checking' })
        const progress = (done: number, total: number | null) => run.item(subject, { done, total })
        return { report: await reportOf(client, run.signal, progress) }
      })
    },
    'storage.collect': async (_input, { signal }) =>
      collectGarbage(await engines.bundled(), signal),
  }
}

/** Reads the lines of a check to its report; an engine that goes away on the way is `engine_lost`. */
async function reportOf(
  client: DockerClient,
  signal: AbortSignal,
  onProgress: (done: number, total: number | null) => void,
): Promise<StoreReport> {
  const stream = await checkStore(client, signal)
  try {
    for await (const line of jsonLines(stream, fsckLineSchema)) {
      if ('report' in line) return line.report
      if ('progress' in line) {
        onProgress(line.progress.done, line.progress.total)
        continue
      }
      throw fromAppError(line.error)
    }
  } catch (thrown) {
    throw client.explain(thrown, { signal })
  }
  throw new LaminaError('engine_lost')
}
