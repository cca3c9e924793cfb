import type { CallInput, CallName, CallOutput, EventName, Events } from '@shared/contract'
import type { ClientMessage, ServerMessage } from '@shared/contract'
import { LaminaError } from '@shared/errors'
import type { Engine, ImageSummary } from '@shared/models'
import type { LaminaBridge } from '@shared/preload-api'

export type Answers = { [N in CallName]?: (input: CallInput<N>) => CallOutput<N> }

/** Main's end of the bridge in these tests: answers calls from a table and remembers them. */
export class FakeBridge implements LaminaBridge {
  readonly sent: ClientMessage[] = []
  private readonly listeners = new Set<(message: ServerMessage) => void>()

  constructor(readonly answers: Answers = {}) {}

  /** Puts a bridge where the preload would. */
  static install(answers: Answers = {}): FakeBridge {
    const bridge = new FakeBridge({ ...DEFAULTS, ...answers })
    window.lamina = bridge
    return bridge
  }

  send(message: ClientMessage): void {
    this.sent.push(message)
    if (message.type !== 'call') return
    queueMicrotask(() => this.answer(message.id, message.name as CallName, message.input))
  }

  onMessage(listener: (message: ServerMessage) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  emit<N extends EventName>(name: N, payload: Events[N]): void {
    this.deliver({ type: 'event', name, payload })
  }

  /** Inputs of every call of this name, in order. */
  inputs(name: CallName): unknown[] {
    return this.sent.flatMap((message) =>
      message.type === 'call' && message.name === name ? [message.input] : [],
    )
  }

  private answer(id: number, name: CallName, input: unknown): void {
    const handler = this.answers[name] as ((input: unknown) => unknown) | undefined
    if (!handler) return // stays open, until it is cancelled
    try {
      this.deliver({ type: 'result', id, ok: true, value: handler(input) })
    } catch (thrown) {
      if (!(thrown instanceof LaminaError)) throw thrown
      this.deliver({ type: 'result', id, ok: false, error: thrown.toJSON() })
    }
  }

  private deliver(message: ServerMessage): void {
    for (const listener of this.listeners) listener(message)
  }
}

export const docker: Engine = {
  id: 'docker',
  kind: 'docker',
  name: 'Docker',
  address: 'unix:///var/run/docker.sock',
  cliArgs: [],
  state: 'ready',
  version: '28.2.2',
  apiVersion: '1.50',
  os: 'linux',
  arch: 'amd64',
  rootDir: '/var/lib/docker',
  canRun: true,
  error: null,
}

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

const DEFAULTS: Answers = {
  'engines.state': () => ({ engines: [docker], current: docker.id }),
  'tasks.list': () => [],
  'images.list': () => [],
}
