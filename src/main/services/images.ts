/** Images: lists and details, names, removal. What takes long is in image-transfers.ts. */
import type { Handlers } from '@shared/contract'
import { toAppError } from '@shared/errors'
import type { RemoveReport } from '@shared/models'
import { inspectImage, listImages, removeImage, tagImage } from '../docker/images'
import type { EnginesService } from './engines'
import { previewRemove } from './image-removal'

type Calls =
  'images.list' | 'images.inspect' | 'images.tag' | 'images.previewRemove' | 'images.remove'

export function imageHandlers(engines: EnginesService): Pick<Handlers, Calls> {
  return {
    'images.list': async (_input, { signal }) => {
      const { client } = await engines.connection()
      return listImages(client, signal)
    },
    'images.inspect': async ({ id }, { signal }) => {
      const { client } = await engines.connection()
      return inspectImage(client, id, signal)
    },
    'images.tag': async ({ id, reference }, { signal }) => {
      const { client } = await engines.connection()
      await tagImage(client, id, reference, signal)
    },
    'images.previewRemove': async ({ references }, { signal }) => {
      const { client } = await engines.connection()
      return previewRemove(client, references, signal)
    },
    'images.remove': async ({ references, force }, { signal }) => {
      const { client } = await engines.connection()
      const items: RemoveReport['items'] = []
      // One after the other, as docker rmi does: one that fails does not stop the rest.
      for (const reference of references) {
        if (signal.aborted) break
        try {
          const done = await removeImage(client, reference, force)
          items.push({ reference, ...done, error: null })
        } catch (thrown) {
          items.push({ reference, untagged: [], deleted: [], error: toAppError(thrown) })
        }
      }
      return { items }
    },
  }
}
