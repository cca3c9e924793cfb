/**
 * Main's side of the contract, as far as a test needs it: the real api of the renderer talks to it
 * through the bridge that the preload would expose.
 */
import {
  calls,
  type CallName,
  type EventName,
  type Events,
  type ServerMessage,
} from '@shared/contract'
import type { CallInput, CallOutput } from '@shared/contract'
import type { DaemonSettings } from '@shared/doctor'
import { toAppError } from '@shared/errors'
import type { Engine, ImageSummary, Task } from '@shared/models'

type Answers = { [N in CallName]?: (input: CallInput<N>) => CallOutput<N> | Promise<CallOutput<N>> }

export const ENGINE: Engine = {
  id: 'docker',
  kind: 'docker',
  name: 'Docker',
  address: 'unix:///var/run/docker.sock',
  cliArgs: [],
  state: 'ready',
  version: '28.2.0',
  apiVersion: '1.50',
  os: 'linux',
  arch: 'amd64',
  rootDir: '/var/lib/docker',
  canRun: true,
  error: null,
}

/** A Docker of this machine that trusts its loopback addresses only, and has two mirrors. */
export const DAEMON_SETTINGS: DaemonSettings = {
  engine: 'Docker',
  kind: 'rootful',
  path: '/etc/docker/daemon.json',
  certain: true,
  exists: true,
  pid: 7,
  obstacle: null,
  detail: null,
  configured: { insecure: null, mirrors: ['https://a.example', 'https://b.example'] },
  live: {
    insecure: [],
    insecureNetworks: ['127.0.0.0/8'],
    mirrors: ['https://a.example', 'https://b.example'],
    httpProxy: '',
    httpsProxy: '',
    noProxy: '',
  },
  undo: null,
}

export interface FakeMain {
  /** What the page has asked for, in order. */
  asked: { name: string; input: unknown }[]
  /** Answers from now on, and forgets what was asked; a call without an answer ends in `internal`. */
  answer(answers: Answers): void
  emit<N extends EventName>(name: N, payload: Events[N]): void
  /** Inputs of every call of one name. */
  inputs<N extends CallName>(name: N): CallInput<N>[]
}

const BASE: Answers = {
  'engines.state': () => ({ engines: [ENGINE], current: ENGINE.id }),
  'images.list': () => [],
  'containers.list': () => [],
  'volumes.list': () => [],
  'registries.list': () => [],
  'registries.secretStore': () => ({ kind: 'memory' }),
  'tasks.list': () => [],
}

/**
 * Puts a main behind `window.lamina`; call it once, before anything of the renderer runs. A
 * `LaminaError` that an answer throws is what the call ends in.
 */
export function fakeMain(first: Answers = {}): FakeMain {
  const listeners = new Set<(message: ServerMessage) => void>()
  const asked: FakeMain['asked'] = []
  let answers: Answers = { ...BASE, ...first }
  const tell = (message: ServerMessage) => listeners.forEach((listener) => listener(message))

  async function handle(id: number, name: CallName, input: unknown): Promise<void> {
    asked.push({ name, input })
    try {
      const checked: unknown = calls[name].input.parse(input)
      const answer = answers[name] as ((input: unknown) => unknown) | undefined
      if (!answer) throw new Error(`no answer for ${name}`)
      tell({ type: 'result', id, ok: true, value: await answer(checked) })
    } catch (thrown) {
      tell({ type: 'result', id, ok: false, error: toAppError(thrown) })
    }
  }

  window.lamina = {
    send: (message) => {
      if (message.type === 'call') void handle(message.id, message.name as CallName, message.input)
    },
    onMessage: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
  return {
    asked,
    answer: (more) => {
      asked.length = 0
      answers = { ...BASE, ...more }
    },
    emit: (name, payload) => tell({ type: 'event', name, payload }),
    inputs: <N extends CallName>(name: N) =>
      asked.filter((one) => one.name === name).map((one) => one.input as CallInput<N>),
  }
}

/** A task in the state that a test wants. */
export function task(part: Partial<Task>): Task {
  return {
    id: 'task-1',
    kind: 'push',
    subject: 'a/b:1',
    engine: 'Docker',
    state: 'running',
    pausable: false,
    items: [],
    startedAt: 1_000,
    endedAt: null,
    error: null,
    result: null,
    ...part,
  }
}

/** An image with one name. */
export function image(part: Partial<ImageSummary> = {}): ImageSummary {
  return {
    id: `sha256:${'a'.repeat(64)}`,
    repoTags: ['mhk/debian:1.3'],
    repoDigests: [],
    createdAt: 1_700_000_000_000,
    size: 1000,
    usedBy: [],
    ...part,
  }
}
