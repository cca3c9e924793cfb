import { describe, expect, it, vi } from 'vitest'
import { createBridge, joinHandlers } from '../../src/main/bridge'
import { EventHub } from '../../src/main/services/event-hub'
import { calls, type Handlers, type ServerMessage } from '../../src/shared/contract'
import { LaminaError } from '../../src/shared/errors'

/** Handlers for every name; those that a test does not name never end. */
function handlers(own: Partial<Handlers>): Handlers {
  const rest = Object.fromEntries(
    Object.keys(calls)
      .filter((name) => !(name in own))
      .map((name) => [name, () => new Promise<never>(() => undefined)]),
  )
  return joinHandlers(own, rest)
}

function connect(own: Partial<Handlers>) {
  const events = new EventHub()
  const sent: ServerMessage[] = []
  const connection = createBridge(handlers(own), events).connect((message) => sent.push(message))
  const result = async (id: number) => {
    await vi.waitFor(() => expect(results(id)).toHaveLength(1))
    return results(id)[0]
  }
  const results = (id: number) =>
    sent.filter((message) => message.type === 'result' && message.id === id)
  return { connection, events, sent, result, results }
}

describe('a call', () => {
  it('ends in its value', async () => {
    const settings = { language: 'en', theme: 'dark' } as const
    const { connection, result } = connect({ 'settings.get': async () => settings })
    connection.receive({ type: 'call', id: 1, name: 'settings.get', input: {} })
    expect(await result(1)).toEqual({ type: 'result', id: 1, ok: true, value: settings })
  })

  it('ends in the code of what was thrown', async () => {
    const { connection, result } = connect({
      'images.list': async () => {
        throw new LaminaError('engine_unreachable', { address: 'unix:///x' }, { cause: 'why' })
      },
      'volumes.list': async () => {
        throw new Error('a bug')
      },
    })
    connection.receive({ type: 'call', id: 1, name: 'images.list', input: {} })
    connection.receive({ type: 'call', id: 2, name: 'volumes.list', input: {} })
    expect(await result(1)).toMatchObject({
      ok: false,
      error: { code: 'engine_unreachable', params: { address: 'unix:///x' }, cause: 'why' },
    })
    expect(await result(2)).toMatchObject({ ok: false, error: { code: 'internal' } })
  })

  it.each(['nothing.here', 'constructor', '__proto__', 'toString', ''])(
    'is refused when nobody knows its name: %j',
    async (name) => {
      const { connection, result } = connect({})
      connection.receive({ type: 'call', id: 1, name, input: {} })
      expect(await result(1)).toMatchObject({
        ok: false,
        error: { code: 'unknown_call', params: { name } },
      })
    },
  )

  it.each([
    ['images.tag', { id: 'x' }, 'reference'],
    ['images.tag', { id: 'x', reference: 5 }, 'reference'],
    ['settings.get', { more: 1 }, ''],
    ['settings.set', { theme: 'pink' }, 'theme'],
    ['images.remove', { references: [], force: false }, 'references'],
    ['trees.open', { source: { kind: 'disk' } }, 'source.kind'],
    ['tasks.cancel', null, ''],
    ['tasks.cancel', undefined, ''],
  ])('is refused with the field that is wrong: %s %j', async (name, input, field) => {
    const handler = vi.fn()
    const { connection, result } = connect({ [name]: handler })
    connection.receive({ type: 'call', id: 1, name, input })
    expect(await result(1)).toMatchObject({
      ok: false,
      error: { code: 'invalid_input', params: { field } },
    })
    expect(handler).not.toHaveBeenCalled()
  })

  it('never repeats a refused input, which may hold a password', async () => {
    const { connection, result } = connect({})
    const input = { id: null, address: 'a', protocol: 'ftp', username: 'u', password: 'hunter2' }
    connection.receive({ type: 'call', id: 1, name: 'registries.save', input })
    const answer = await result(1)
    expect(answer).toMatchObject({ ok: false })
    expect(JSON.stringify(answer)).not.toContain('hunter2')
  })

  it('is cancelled by its id alone, even where the handler goes on', async () => {
    let aborted = false
    const never = (_input: unknown, { signal }: { signal: AbortSignal }) =>
      new Promise<never>(() => signal.addEventListener('abort', () => (aborted = true)))
    const { connection, result, results } = connect({ 'images.list': never, 'volumes.list': never })
    connection.receive({ type: 'call', id: 1, name: 'images.list', input: {} })
    connection.receive({ type: 'call', id: 2, name: 'volumes.list', input: {} })
    connection.receive({ type: 'cancel', id: 1 })
    connection.receive({ type: 'cancel', id: 99 })
    expect(await result(1)).toMatchObject({ ok: false, error: { code: 'cancelled' } })
    expect(aborted).toBe(true)
    expect(results(2)).toHaveLength(0)
  })

  it('is refused while another of its id runs', async () => {
    const { connection, result } = connect({})
    connection.receive({ type: 'call', id: 1, name: 'images.list', input: {} })
    connection.receive({ type: 'call', id: 1, name: 'images.list', input: {} })
    expect(await result(1)).toMatchObject({ error: { code: 'invalid_input' } })
  })

  it('is aborted when the page goes away', async () => {
    let aborted = false
    const { connection } = connect({
      'images.list': (_input, { signal }) =>
        new Promise(() => signal.addEventListener('abort', () => (aborted = true))),
    })
    connection.receive({ type: 'call', id: 1, name: 'images.list', input: {} })
    await vi.waitFor(() => undefined)
    connection.close()
    expect(aborted).toBe(true)
  })

  it.each([null, 5, 'x', [], {}, { type: 'call' }, { type: 'call', id: 1.5, name: 'x' }])(
    'that is no message is passed over: %j',
    (message) => {
      const { connection, sent } = connect({})
      connection.receive(message)
      expect(sent).toEqual([])
    },
  )
})

it('sends events to every page until it is closed', () => {
  const events = new EventHub()
  const bridge = createBridge(handlers({}), events)
  const first: ServerMessage[] = []
  const second: ServerMessage[] = []
  const one = bridge.connect((message) => first.push(message))
  bridge.connect((message) => second.push(message))
  events.emit('resource.changed', { kind: 'image' })
  one.close()
  events.emit('resource.changed', { kind: 'volume' })
  expect(first).toEqual([{ type: 'event', name: 'resource.changed', payload: { kind: 'image' } }])
  expect(second).toHaveLength(2)
})

describe('the table of handlers', () => {
  it('refuses a name that two services claim', () => {
    const one = { 'images.list': async () => [] }
    expect(() => joinHandlers(one, one)).toThrow('images.list')
  })

  it('refuses to begin with a name that nobody answers to', () => {
    expect(() => joinHandlers({})).toThrow('app.info')
  })
})
