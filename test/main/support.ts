/** Lamina's main without a window: the real services behind the real bridge, called as a page does. */
import { join } from 'node:path'
import { createApp, type App } from '../../src/main/app'
import { forkEngine } from '../../src/main/browser/engine-launcher'
import type { Surroundings } from '../../src/main/docker/discover'
import type { Platform } from '../../src/main/services/platform'
import type { CallInput, CallName, CallOutput, ServerMessage } from '../../src/shared/contract'
import type { AppError } from '../../src/shared/errors'
import type { Task } from '../../src/shared/models'
import { PROJECT } from '../support/project'
import { tempDir, waitFor } from '../support/temp'

/** What a page gets back when a call fails. */
export class CallError extends Error {
  constructor(readonly error: AppError) {
    super(`${error.code} ${JSON.stringify(error.params)} ${error.cause ?? ''}`)
  }
}

export interface TestApp {
  app: App
  home: string
  call<N extends CallName>(name: N, input: CallInput<N>): Promise<CallOutput<N>>
  /** Calls something that answers with a task, and waits until the task has ended. */
  task<N extends CallName>(name: N, input: CallInput<N>): Promise<Task>
  /** Waits for a task in any state that `wanted` accepts. */
  taskWhen(id: string, wanted: (task: Task) => boolean): Promise<Task>
  /** Every event so far, in order. */
  events: Extract<ServerMessage, { type: 'event' }>[]
  close(): Promise<void>
}

export interface TestAppOptions {
  /** `unix://…` of the daemon; without it there is none. */
  dockerHost?: string
  engine?: 'bundled' | 'docker' | null
  env?: Record<string, string | undefined>
  platform?: Partial<Platform>
  home?: string
}

/** A machine with nothing of Docker's but what `env` names. */
function bareMachine(userHome: string, env: Record<string, string | undefined> = {}): Surroundings {
  return { env, userHome, platform: 'linux', uid: 0, resolve: () => null }
}

export async function openApp(options: TestAppOptions = {}): Promise<TestApp> {
  const dir = await tempDir('lamm')
  const home = options.home ?? join(dir.path, 'home')
  const env = { PATH: process.env.PATH, DOCKER_HOST: options.dockerHost, ...options.env }
  const app = await createApp(
    { home, engine: options.engine ?? null },
    {
      version: '0.0.0',
      mode: 'browser',
      electron: null,
      locale: 'en-US',
      launchEngine: forkEngine(join(PROJECT, 'out/main/engine.cjs')),
      secrets: null,
      dialogs: null,
      openExternal: null,
      ...options.platform,
    },
    bareMachine(dir.path, env),
  )
  const events: TestApp['events'] = []
  const waiting = new Map<number, (message: Extract<ServerMessage, { type: 'result' }>) => void>()
  const connection = app.bridge.connect((message) => {
    if (message.type === 'event') events.push(message)
    else waiting.get(message.id)?.(message)
  })
  let last = 0
  const call: TestApp['call'] = (name, input) =>
    new Promise((resolve, reject) => {
      const id = ++last
      waiting.set(id, (message) => {
        waiting.delete(id)
        if (message.ok) resolve(message.value as CallOutput<typeof name>)
        else reject(new CallError(message.error))
      })
      connection.receive({ type: 'call', id, name, input })
    })
  const taskWhen: TestApp['taskWhen'] = (id, wanted) =>
    waitFor(
      `task ${id}`,
      async () => (await call('tasks.list', {})).find((one) => one.id === id && wanted(one)),
      { timeout: 120_000 },
    )
  return {
    app,
    home,
    call,
    taskWhen,
    task: async (name, input) => {
      const id = String(await call(name, input))
      return taskWhen(id, ({ state }) => state !== 'running')
    },
    events,
    close: async () => {
      connection.close()
      await app.close()
      await dir.remove()
    },
  }
}

/** The error that a promise rejects with. */
export async function errorOf(promise: Promise<unknown>): Promise<AppError> {
  try {
    await promise
  } catch (thrown) {
    if (thrown instanceof CallError) return thrown.error
    throw thrown
  }
  throw new Error('it did not fail')
}
