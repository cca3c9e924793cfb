/** Containers: lists and details, create, start, stop, remove, commit, files in and away. */
import { basename } from 'node:path'
import type { Handlers } from '@shared/contract'
import { LaminaError } from '@shared/errors'
import { familiarReference } from '@shared/reference'
import {
  commitContainer,
  createContainer,
  inspectContainer,
  listContainers,
  putArchive,
  removeContainer,
  switchContainer,
} from '../docker/containers'
import { removeImage } from '../docker/images'
import { deleteFile } from '../docker/lamina'
import { readTag } from '../docker/names'
import { BUNDLED, type EnginesService } from './engines'
import { packFiles } from './file-tar'
import type { FilesService } from './files'
import { placeTag } from './tag-guard'
import type { TasksService } from './tasks'

interface Dependencies {
  engines: EnginesService
  tasks: TasksService
  files: FilesService
}

type Calls = Extract<keyof Handlers, `containers.${string}`>

export function containerHandlers({ engines, tasks, files }: Dependencies): Pick<Handlers, Calls> {
  return {
    'containers.list': async (_input, { signal }) => {
      const { client } = await engines.connection()
      return listContainers(client, signal)
    },
    'containers.inspect': async ({ id }, { signal }) => {
      const { client } = await engines.connection()
      return inspectContainer(client, id, signal)
    },
    'containers.create': async (input, { signal }) => {
      const { client } = await engines.connection()
      return createContainer(client, input, signal)
    },
    'containers.start': async ({ id }, { signal }) => {
      const { client, engine } = await engines.connection()
      if (!engine.canRun) throw new LaminaError('engine_cannot_run')
      await switchContainer(client, id, 'start', signal)
    },
    'containers.stop': async ({ id }, { signal }) => {
      const { client } = await engines.connection()
      await switchContainer(client, id, 'stop', signal)
    },
    'containers.remove': async ({ id, ...options }, { signal }) => {
      const { client } = await engines.connection()
      await removeContainer(client, id, options, signal)
    },

    'containers.commit': async ({ id, reference, ...options }) => {
      const target = readTag(reference)
      const { client, engine } = await engines.connection()
      const subject = familiarReference(target)
      return tasks.start({ kind: 'commit', subject, engine: engine.name }, async (run) => {
        run.item(subject, { state: 'working', status: 'Committing' })
        // A daemon does not stop a commit half way: it is awaited, and undone when cancelled.
        const image = await commitContainer(client, { id, ...options })
        const placed = run.signal.aborted ? null : await placeTag(client, image, subject)
        if (run.signal.aborted) {
          await placed?.undo()
          await removeImage(client, image, false)
          throw new LaminaError('cancelled')
        }
        return { imageId: image, reference: subject }
      })
    },

    'containers.putFiles': async ({ id, path, files: handles }) => {
      const paths = handles.map((handle) => files.path(handle))
      const { client, engine } = await engines.connection()
      const subject = paths.map((one) => basename(one)).join(', ')
      return tasks.start({ kind: 'copy-files', subject, engine: engine.name }, async (run) => {
        const tar = await packFiles(paths, (name, done, total) =>
          run.item(name, {
            state: done < total ? 'working' : 'done',
            status: 'Copying',
            done,
            total,
          }),
        )
        try {
          await putArchive(client, id, path === '' ? '/' : path, tar.stream, run.signal)
        } catch (thrown) {
          throw run.signal.aborted ? thrown : (tar.error() ?? thrown)
        } finally {
          tar.close()
        }
        return {}
      })
    },

    'containers.deleteFile': async ({ id, path }, { signal }) => {
      const { client, engine } = await engines.connection()
      if (engine.id !== BUNDLED) {
        const message = 'Docker has no call that deletes a file; run rm in the container'
        throw new LaminaError('engine_refused', { message })
      }
      await deleteFile(client, id, path, signal)
    },
  }
}
