import type {
  CallInput,
  CallName,
  CallOutput,
  EventName,
  Events,
  ServerMessage,
} from '@shared/contract'
import { ApiError } from '../api-error'
import type { Transport } from './transport'

interface Pending {
  resolve(value: unknown): void
  reject(error: Error): void
}

export interface Api {
  /**
   * Calls main. Rejects with an `ApiError`: the error that main answered, `cancelled` when the
   * signal aborts, `app_unreachable` when the connection breaks in between.
   */
  call<N extends CallName>(
    name: N,
    input: CallInput<N>,
    options?: { signal?: AbortSignal },
  ): Promise<CallOutput<N>>
  /** Hears every event of one name; the returned function stops it. */
  subscribe<N extends EventName>(name: N, listener: (payload: Events[N]) => void): () => void
  /** Hears whether main can be reached (in Electron it always can). */
  onConnected(listener: (connected: boolean) => void): void
  /** Hears that main was started anew and does not know this page. */
  onRefused(listener: () => void): void
}

type Listener = (payload: never) => void

export function createApi(transport: Transport): Api {
  const pending = new Map<number, Pending>()
  const listeners = new Map<EventName, Set<Listener>>()
  let lastId = 0

  transport.onMessage((message) => {
    if (message.type === 'event') deliver(listeners, message)
    else settle(pending, message)
  })
  transport.onConnected((connected) => {
    if (connected) return
    for (const [id, waiting] of pending) {
      pending.delete(id)
      waiting.reject(connectionLost())
    }
  })

  return {
    async call(name, input, { signal } = {}) {
      if (signal?.aborted) throw cancelled()
      await transport.ready().catch(() => Promise.reject(connectionLost()))
      const id = ++lastId
      return new Promise((resolve, reject) => {
        const cancel = () => {
          pending.delete(id)
          transport.send({ type: 'cancel', id })
          reject(cancelled())
        }
        signal?.addEventListener('abort', cancel, { once: true })
        const end = () => signal?.removeEventListener('abort', cancel)
        pending.set(id, {
          resolve: (value) => (end(), resolve(value as CallOutput<typeof name>)),
          reject: (error) => (end(), reject(error)),
        })
        transport.send({ type: 'call', id, name, input })
      })
    },
    subscribe(name, listener) {
      const set = listeners.get(name) ?? new Set()
      listeners.set(name, set.add(listener as Listener))
      return () => void set.delete(listener as Listener)
    },
    onConnected: (listener) => transport.onConnected(listener),
    onRefused: (listener) => transport.onRefused(listener),
  }
}

function settle(
  pending: Map<number, Pending>,
  message: Extract<ServerMessage, { type: 'result' }>,
): void {
  const waiting = pending.get(message.id)
  pending.delete(message.id)
  if (message.ok) waiting?.resolve(message.value)
  else waiting?.reject(new ApiError(message.error))
}

function deliver(
  listeners: Map<EventName, Set<Listener>>,
  { name, payload }: Extract<ServerMessage, { type: 'event' }>,
): void {
  for (const listener of listeners.get(name) ?? []) listener(payload as never)
}

function cancelled(): ApiError {
  return new ApiError({ code: 'cancelled', params: {}, cause: null })
}

function connectionLost(): ApiError {
  return new ApiError({ code: 'app_unreachable', params: {}, cause: null })
}
