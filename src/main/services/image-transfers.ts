/**
 * Pull, push, save, load and import as tasks. What fails or is cancelled leaves no name and no file
 * behind that was not there before.
 */
import { basename } from 'node:path'
import type { Readable } from 'node:stream'
import type { Handlers } from '@shared/contract'
import { LaminaError } from '@shared/errors'
import type { TaskResult } from '@shared/models'
import { familiarReference } from '@shared/reference'
import { findImage } from '../docker/images'
import { readReference, readTag } from '../docker/names'
import {
  importArchive,
  loadArchive,
  pullImage,
  pushImage,
  saveImages,
  type OnLine,
} from '../docker/transfers'
import type { CredentialsService } from './credentials'
import { explainDenied } from './denied-push'
import { planPush, pushDirectly } from './direct-push'
import type { EngineConnection, EnginesService } from './engines'
import type { FilesService } from './files'
import { startImportUrl } from './import-url'
import { layerProgress } from './layer-progress'
import { readFileStream } from './read-file'
import { saveFile } from './save-file'
import { namesOf, placeTag, takeBack } from './tag-guard'
import type { TaskRun, TasksService } from './tasks'

interface Dependencies {
  engines: EnginesService
  tasks: TasksService
  files: FilesService
  credentials: CredentialsService
  /** Whether the user saved this host as one that speaks http. */
  isInsecure(host: string): boolean
}

type Calls =
  | 'images.pull'
  | 'images.push'
  | 'images.planPush'
  | 'images.save'
  | 'images.load'
  | 'images.import'
  | 'images.importUrl'

export function transferHandlers(with_: Dependencies): Pick<Handlers, Calls> {
  const { engines, tasks, files, credentials } = with_
  const accessTo = async (host: string) => ({
    auth: await credentials.authFor(host),
    insecure: with_.isInsecure(host),
  })
  return {
    'images.pull': async ({ reference }) => {
      const target = readReference(reference)
      const { client, engine } = await engines.connection()
      const subject = familiarReference(target)
      return tasks.start({ kind: 'pull', subject, engine: engine.name }, async (run) => {
        const access = await accessTo(target.domain)
        const { digest } = await pullImage(client, target, access, run.signal, layerProgress(run))
        const { id } = await findImage(client, subject)
        return { imageId: id, reference: subject, ...(digest === null ? {} : { digest }) }
      })
    },

    'images.push': async ({ image, reference, direct }) => {
      const target = readTag(reference)
      const { client, engine, daemon } = await engines.connection()
      const subject = familiarReference(target)
      // The bundled engine's own pushes are direct ones; a daemon's begins anew when it is aborted.
      const pausable = direct || daemon === null
      const head = { kind: 'push', subject, engine: engine.name, pausable } as const
      return tasks.start(head, async (run) => {
        const access = await accessTo(target.domain)
        if (direct && daemon !== null) {
          const { id } = await findImage(client, image)
          const source = { kind: 'daemon', daemon, image: id } as const
          const bundled = await engines.bundled()
          const digest = await pushDirectly(bundled, source, target, access, run)
          return { imageId: id, reference: subject, digest }
        }
        const placed = await placeTag(client, image, subject)
        try {
          const { digest } = await pushImage(client, target, access, run.signal, layerProgress(run))
          // Only the digest says that the manifest arrived, and it comes last.
          if (digest === null) throw new LaminaError('engine_lost')
          return { imageId: placed.image, reference: subject, digest }
        } catch (thrown) {
          await engines.tidy(engine.id, placed.undo)
          // The bundled engine has asked already.
          if (daemon === null || run.signal.aborted) throw thrown
          throw await explainDenied(await engines.bundled(), target, access, thrown)
        }
      })
    },

    'images.planPush': async ({ image, reference }, { signal }) => {
      const target = readTag(reference)
      const { client, daemon } = await engines.connection()
      const access = await accessTo(target.domain)
      const { id } = await findImage(client, image)
      const source =
        daemon === null
          ? ({ kind: 'store', image: id } as const)
          : ({ kind: 'daemon', daemon, image: id } as const)
      const plan = await planPush(await engines.bundled(), source, target, access, signal)
      return { ...plan, user: access.auth.username ?? null }
    },

    'images.save': async ({ references, file }) => {
      const path = files.path(file)
      const { client, engine } = await engines.connection()
      const subject = references.join(', ')
      return tasks.start({ kind: 'save', subject, engine: engine.name }, async (run) => {
        const name = basename(path)
        run.item(name, { state: 'working', status: 'Saving' })
        const source = await saveImages(client, references, run.signal)
        const explain = (thrown: unknown) => client.explain(thrown, { signal: run.signal })
        const onBytes = (done: number) => run.item(name, { done })
        const size = await saveFile(path, source, onBytes, explain)
        run.item(name, { state: 'done', done: size, total: size })
        return { references, file: { id: file, name, size } }
      })
    },

    'images.load': async ({ file }) => {
      const path = files.path(file)
      const connection = await engines.connection()
      const subject = basename(path)
      const head = { kind: 'load', subject, engine: connection.engine.name } as const
      return tasks.start(head, (run) => load(engines, connection, path, run))
    },

    'images.import': async ({ file, reference, message }) => {
      const path = files.path(file)
      const target = readTag(reference)
      const { client, engine } = await engines.connection()
      const subject = familiarReference(target)
      return tasks.start({ kind: 'import', subject, engine: engine.name }, async (run) => {
        const archive = basename(path)
        const options = { reference: target, message, archive }
        const id = await sendFile(path, run, 'Importing', (stream, onLine) =>
          importArchive(client, stream, options, engine.rootDir, run.signal, onLine),
        )
        return { imageId: id, reference: subject }
      })
    },

    'images.importUrl': (input) => startImportUrl(with_, input),
  }
}

/**
 * Loads an archive. dockerd loads the images of an archive one after the other: when a later one is
 * damaged, the names of the earlier ones are taken back.
 */
async function load(
  engines: EnginesService,
  { client, engine }: EngineConnection,
  path: string,
  run: TaskRun,
): Promise<TaskResult> {
  const archive = basename(path)
  const before = await namesOf(client)
  const references: string[] = []
  try {
    await sendFile(path, run, 'Loading', (stream, onLine) =>
      loadArchive(client, stream, archive, engine.rootDir, run.signal, onLine, (loaded) =>
        references.push(loaded),
      ),
    )
  } catch (thrown) {
    await engines.tidy(engine.id, () => takeBack(client, references, before))
    throw thrown
  }
  const first = references[0]
  const image = first === undefined ? null : await findImage(client, first).catch(() => null)
  return { references, ...(image ? { imageId: image.id } : {}) }
}

/** Sends a file to the engine; the item of the task counts what went out. */
async function sendFile<T>(
  path: string,
  run: TaskRun,
  status: string,
  send: (stream: Readable, onLine: OnLine) => Promise<T>,
): Promise<T> {
  const name = basename(path)
  const file = await readFileStream(path, (done) => run.item(name, { done }))
  run.item(name, { state: 'working', status, total: file.size })
  try {
    const result = await send(file.stream, layerProgress(run))
    run.item(name, { state: 'done', done: file.size })
    return result
  } catch (thrown) {
    throw run.signal.aborted ? thrown : (file.error() ?? thrown)
  } finally {
    file.close()
  }
}
