/** An import from an address, which the engine fetches itself, as a task. */
import type { CallInput } from '@shared/contract'
import { familiarReference } from '@shared/reference'
import { removeImage, tagImage } from '../docker/images'
import { readTag } from '../docker/names'
import type { ProgressLine } from '../docker/progress'
import { importUrl } from '../docker/transfers'
import type { EnginesService } from './engines'
import type { TaskRun, TasksService } from './tasks'

/** Starts it and answers with the task's id. The name comes last: a cancelled import leaves none. */
export async function startImportUrl(
  { engines, tasks }: { engines: EnginesService; tasks: TasksService },
  { url, reference, message }: CallInput<'images.importUrl'>,
): Promise<string> {
  const target = readTag(reference)
  const { client, engine } = await engines.connection()
  const subject = familiarReference(target)
  return tasks.start({ kind: 'import', subject, engine: engine.name }, async (run) => {
    run.item(url, { state: 'working', status: 'Downloading' })
    const progress = byteProgress(run, url)
    const options = { url, message }
    const id = await importUrl(client, options, engine.rootDir, run.signal, progress)
    try {
      await tagImage(client, id, subject, run.signal)
    } catch (thrown) {
      await engines.tidy(engine.id, async () => void (await removeImage(client, id, false)))
      throw thrown
    }
    return { imageId: id, reference: subject }
  })
}

/** Lines about no layer count the bytes of the one thing that is fetched. */
function byteProgress(run: TaskRun, item: string): (line: ProgressLine) => void {
  return ({ id, progressDetail }) => {
    const current = progressDetail?.current ?? null
    if (id || current === null) return
    const total = progressDetail?.total ?? null
    // Of an answer without a length Go says -1.
    run.item(item, { done: current, total: total !== null && total > 0 ? total : null })
  }
}
