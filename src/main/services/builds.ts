/** Builds as tasks: a folder or an archive goes to the engine, its log and its steps come back. */
import { stat } from 'node:fs/promises'
import type { CallInput, Handlers } from '@shared/contract'
import { LaminaError } from '@shared/errors'
import type { TaskResult } from '@shared/models'
import { familiarReference } from '@shared/reference'
import { buildImage } from '../docker/build'
import type { RegistryAuth } from '../docker/client'
import { readTag } from '../docker/names'
import { BuildLog } from './build-log'
import { readContextRules } from './context-files'
import type { CredentialsService } from './credentials'
import type { EngineConnection, EnginesService } from './engines'
import { fileError } from './file-errors'
import type { FilesService } from './files'
import { packContext } from './pack-context'
import { readFileStream, type OpenedFile } from './read-file'
import type { TaskRun, TasksService } from './tasks'

interface Dependencies {
  engines: EnginesService
  tasks: TasksService
  files: FilesService
  credentials: CredentialsService
  /** Hosts of the registries that the person saved. */
  hosts(): string[]
}

type Input = CallInput<'images.build'>
/** Opens what is sent; told how many bytes went out so far. */
type OpenContext = (onBytes: (done: number) => void) => Promise<OpenedFile>

/** Where Docker keeps the login of its own hub. */
const HUB = 'docker.io'
const HUB_KEY = 'https://index.docker.io/v1/'

export function buildHandlers(with_: Dependencies): Pick<Handlers, 'images.build'> {
  const { engines, tasks, files } = with_
  return {
    'images.build': async (input) => {
      const path = files.path(input.context)
      const reference = familiarReference(readTag(input.reference))
      const dockerfile = input.dockerfile.replaceAll('\\', '/').replace(/^\.\//, '')
      const open = await contextOf(path, dockerfile)
      const connection = await engines.connection()
      const head = { kind: 'build', subject: reference, engine: connection.engine.name } as const
      return tasks.start(head, async (run) => {
        const logins = await loginsOf(with_)
        return build(connection, open, { ...input, dockerfile, reference }, logins, run)
      })
    },
  }
}

/** A folder is packed on its way, an archive goes as it is. What can be said at once is said here. */
async function contextOf(path: string, dockerfile: string): Promise<OpenContext> {
  const found = await stat(path).catch((thrown: unknown) => {
    throw fileError(thrown, path)
  })
  if (!found.isDirectory()) return (onBytes) => readFileStream(path, onBytes)
  const rules = await readContextRules(path, dockerfile)
  return (onBytes) => packContext(path, rules, onBytes)
}

async function build(
  { client, engine }: EngineConnection,
  open: OpenContext,
  input: Omit<Input, 'context'>,
  logins: Record<string, RegistryAuth>,
  run: TaskRun,
): Promise<TaskResult> {
  const log = new BuildLog(run)
  run.item(CONTEXT, { state: 'working', status: 'Sending' })
  const context = await open((done) => run.item(CONTEXT, { done }))
  run.item(CONTEXT, { total: context.size })
  const request = {
    ...{ dockerfile: input.dockerfile, reference: input.reference, target: input.target },
    args: Object.fromEntries(input.args.map(({ name, value }) => [name, value])),
    ...{ noCache: input.noCache, logins, rootDir: engine.rootDir },
  }
  try {
    const id = await buildImage(client, context.stream, request, run.signal, (line) => {
      // The builder reads all of the context before it says anything.
      if (log.step === null) run.item(CONTEXT, { state: 'done', total: null })
      log.line(line)
    })
    log.end()
    return { imageId: id, reference: input.reference }
  } catch (thrown) {
    if (run.signal.aborted) throw thrown
    throw context.error() ?? failure(thrown, log.step, input.dockerfile)
  } finally {
    context.close()
  }
}

/** The item that counts what is sent. */
const CONTEXT = 'context'

/** The engine's refusals with the step at which they came. */
function failure(thrown: unknown, step: string | null, dockerfile: string): unknown {
  if (!(thrown instanceof LaminaError)) return thrown
  const { code, params } = thrown
  const cause = thrown.toJSON().cause ?? thrown.message
  if (code === 'engine_cannot_run') {
    return new LaminaError('build_needs_docker', { step: step ?? 'RUN' }, { cause })
  }
  const message = params.docker ?? params.message ?? params.reason ?? thrown.message
  if (step === null && /Cannot locate specified Dockerfile/.test(message)) {
    return new LaminaError('build_no_dockerfile', { path: dockerfile, folder: CONTEXT }, { cause })
  }
  const refused: string[] = ['engine_refused', 'invalid_input', 'not_found', 'conflict']
  if (step === null ? code !== 'engine_refused' : !refused.includes(code)) return thrown
  return new LaminaError('build_failed', { step: step ?? dockerfile, message }, { cause })
}

/** Logins for what the Dockerfile begins with: of the hub and of the saved registries. */
async function loginsOf({
  credentials,
  hosts,
}: Dependencies): Promise<Record<string, RegistryAuth>> {
  const logins: Record<string, RegistryAuth> = {}
  for (const host of new Set([HUB, ...hosts()])) {
    const auth = await credentials.authFor(host)
    if (Object.keys(auth).length > 0) logins[host === HUB ? HUB_KEY : host] = auth
  }
  return logins
}
