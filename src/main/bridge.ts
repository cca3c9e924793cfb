/**
 * The one loop that binds the contract to a transport, IPC or WebSocket: messages are checked, calls
 * are dispatched, results and errors go back as values, events go to everyone. Every call ends in
 * exactly one result.
 */
import { z } from 'zod'
import { calls, type CallName, type Handlers, type ServerMessage } from '@shared/contract'
import { LaminaError, toAppError, type AppError } from '@shared/errors'
import type { EventHub } from './services/event-hub'

/** One window, or one WebSocket. */
export interface Connection {
  /** A message as it came: nothing is known of it yet. */
  receive(message: unknown): void
  /** The other side went away: its calls are cancelled. */
  close(): void
}

export interface Bridge {
  connect(send: (message: ServerMessage) => void): Connection
}

const messageSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('call'),
    id: z.int(),
    name: z.string().max(128),
    input: z.unknown(),
  }),
  z.object({ type: z.literal('cancel'), id: z.int() }),
])

/** The handlers of all services as one table. A name that comes twice, or is missing, is refused. */
export function joinHandlers(...parts: Partial<Handlers>[]): Handlers {
  const joined: Partial<Handlers> = {}
  for (const part of parts) {
    for (const name of Object.keys(part)) {
      if (name in joined) throw new Error(`two services answer to ${name}`)
    }
    Object.assign(joined, part)
  }
  if (!isComplete(joined)) {
    const missing = Object.keys(calls).filter((name) => !(name in joined))
    throw new Error(`no service answers to ${missing.join(', ')}`)
  }
  return joined
}

export function createBridge(handlers: Handlers, events: EventHub): Bridge {
  return {
    connect(send) {
      const running = new Map<number, AbortController>()
      const stop = events.listen((name, payload) => send({ type: 'event', name, payload }))
      const begin = async (id: number, name: string, input: unknown) => {
        if (running.has(id)) {
          const error = refused('id', 'a call of this id is running')
          return send({ type: 'result', id, ok: false, error })
        }
        const abort = new AbortController()
        running.set(id, abort)
        const result = await answer(handlers, name, input, abort.signal)
        running.delete(id)
        send({ type: 'result', id, ...result })
      }
      return {
        receive(message) {
          const parsed = messageSchema.safeParse(message)
          if (!parsed.success) return // whom to answer is not known
          if (parsed.data.type === 'cancel') running.get(parsed.data.id)?.abort()
          else void begin(parsed.data.id, parsed.data.name, parsed.data.input)
        },
        close() {
          stop()
          for (const abort of running.values()) abort.abort()
        },
      }
    },
  }
}

type Answer = { ok: true; value: unknown } | { ok: false; error: AppError }

/** Runs one call to its end; a cancelled one ends at once, whatever its handler still does. */
async function answer(
  handlers: Handlers,
  name: string,
  input: unknown,
  signal: AbortSignal,
): Promise<Answer> {
  const cancelled = new Promise<Answer>((resolve) => {
    const error = new LaminaError('cancelled').toJSON()
    signal.addEventListener('abort', () => resolve({ ok: false, error }), { once: true })
  })
  return Promise.race([dispatch(handlers, name, input, signal), cancelled])
}

async function dispatch(
  handlers: Handlers,
  name: string,
  input: unknown,
  signal: AbortSignal,
): Promise<Answer> {
  try {
    if (!isCallName(name)) return { ok: false, error: unknownCall(name) }
    const parsed = calls[name].input.safeParse(input)
    if (!parsed.success) return { ok: false, error: explain(parsed.error) }
    // The schema of this very name has just passed the input.
    const handler = handlers[name] as (
      input: unknown,
      context: { signal: AbortSignal },
    ) => Promise<unknown>
    return { ok: true, value: await handler(parsed.data, { signal }) }
  } catch (thrown) {
    return { ok: false, error: toAppError(thrown) }
  }
}

function isComplete(handlers: Partial<Handlers>): handlers is Handlers {
  return Object.keys(calls).every((name) => name in handlers)
}

function isCallName(name: string): name is CallName {
  return Object.hasOwn(calls, name)
}

function unknownCall(name: string): AppError {
  return new LaminaError('unknown_call', { name }).toJSON()
}

/** The first thing that zod minds: enough to name the field. The input is not repeated. */
function explain(error: z.ZodError): AppError {
  const issue = error.issues[0]
  return refused(issue?.path.join('.') ?? '', issue?.message ?? '')
}

function refused(field: string, reason: string): AppError {
  return new LaminaError('invalid_input', { field, reason }).toJSON()
}
