import type { ClientMessage, ServerMessage } from '@shared/contract'
import { describe, expect, it, vi } from 'vitest'
import { ApiError } from '@/api-error'
import { createApi } from '@/transport/client'
import type { Transport } from '@/transport'

function setup() {
  const sent: ClientMessage[] = []
  let deliver: (message: ServerMessage) => void = () => undefined
  let connected: (connected: boolean) => void = () => undefined
  const transport: Transport = {
    ready: vi.fn(() => Promise.resolve()),
    send: (message) => sent.push(message),
    onMessage: (listener) => (deliver = listener),
    onConnected: (listener) => (connected = listener),
    onRefused: () => undefined,
  }
  const api = createApi(transport)
  return {
    api,
    sent,
    transport,
    deliver: (message: ServerMessage) => deliver(message),
    connected: (state: boolean) => connected(state),
  }
}
const tick = () => new Promise((resolve) => setTimeout(resolve))
const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => null,
    (thrown: unknown) => (thrown instanceof ApiError ? thrown.error.code : thrown),
  )

describe('createApi', () => {
  it('gives each call its own answer, in any order', async () => {
    const { api, sent, deliver } = setup()
    const first = api.call('images.tag', { id: 'a', reference: 'b' })
    const second = api.call('images.pull', { reference: 'b' })
    await tick()
    const [one, two] = sent
    deliver({ type: 'result', id: two?.id ?? 0, ok: true, value: 'task' })
    deliver({ type: 'result', id: one?.id ?? 0, ok: true, value: undefined })
    expect(await second).toBe('task')
    expect(await first).toBeUndefined()
  })

  it('rejects with the error that main answered', async () => {
    const { api, sent, deliver } = setup()
    const call = api.call('images.list', {})
    await tick()
    const error = { code: 'disk_full', params: { path: '/' }, cause: 'ENOSPC' } as const
    deliver({ type: 'result', id: sent[0]?.id ?? 0, ok: false, error })
    await expect(call).rejects.toMatchObject({ error })
  })

  it('cancels: tells main, and rejects at once', async () => {
    const { api, sent } = setup()
    const controller = new AbortController()
    const call = codeOf(api.call('images.list', {}, { signal: controller.signal }))
    await tick()
    controller.abort()
    expect(await call).toBe('cancelled')
    expect(sent[1]).toEqual({ type: 'cancel', id: sent[0]?.id })
    const late = api.call('images.list', {}, { signal: controller.signal })
    expect(await codeOf(late)).toBe('cancelled')
    expect(sent).toHaveLength(2)
  })

  it('leaves no call hanging when the connection breaks', async () => {
    const { api, connected, transport } = setup()
    const call = codeOf(api.call('images.list', {}))
    await tick()
    connected(false)
    expect(await call).toBe('app_unreachable')
    vi.mocked(transport.ready).mockRejectedValueOnce(new Error('no'))
    expect(await codeOf(api.call('images.list', {}))).toBe('app_unreachable')
  })

  it('hears events until told otherwise', () => {
    const { api, deliver } = setup()
    const listener = vi.fn()
    const stop = api.subscribe('resource.changed', listener)
    const event = { type: 'event', name: 'resource.changed', payload: { kind: 'image' } } as const
    deliver(event)
    stop()
    deliver(event)
    expect(listener.mock.calls).toEqual([[{ kind: 'image' }]])
  })
})
