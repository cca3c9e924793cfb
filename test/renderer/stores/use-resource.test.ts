import { flushPromises } from '@vue/test-utils'
import { createPinia, disposePinia, setActivePinia, type Pinia } from 'pinia'
import { LaminaError } from '@shared/errors'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { useImagesStore } from '@/stores/images'
import { ENGINE, fakeMain, image } from '../support/fake-main'

let pinia: Pinia
let list = vi.fn(() => [image()])
const main = fakeMain({ 'images.list': () => list() })
const engineState = (state: 'ready' | 'unreachable', current = 'docker') => ({
  engines: [
    { ...ENGINE, state },
    { ...ENGINE, id: 'other' },
  ],
  current,
})

beforeEach(() => {
  vi.useFakeTimers()
  pinia = createPinia()
  setActivePinia(pinia)
  list = vi.fn(() => [image()])
})
afterEach(() => disposePinia(pinia))

async function store() {
  const images = useImagesStore()
  await flushPromises()
  return images
}

it('fetches at first use', async () => {
  const images = await store()
  expect(images.items).toHaveLength(1)
  expect(images.loaded).toBe(true)
  expect(images.stale).toBe(false)
})

it('fetches once for events that come together, and not for other kinds', async () => {
  await store()
  main.emit('resource.changed', { kind: 'image' })
  main.emit('resource.changed', { kind: 'container' })
  main.emit('resource.changed', { kind: 'image' })
  main.emit('resource.changed', { kind: 'volume' })
  await vi.advanceTimersByTimeAsync(1000)
  expect(list).toHaveBeenCalledTimes(2)
  main.emit('resource.changed', { kind: 'network' })
  await vi.advanceTimersByTimeAsync(1000)
  expect(list).toHaveBeenCalledTimes(2)
})

it('keeps what was seen, greyed, while the engine is away, and fetches when it is back', async () => {
  const images = await store()
  main.emit('engines.changed', engineState('unreachable'))
  await flushPromises()
  expect(images.stale).toBe(true)
  expect(images.items).toHaveLength(1)
  list.mockReturnValue([])
  main.emit('engines.changed', engineState('ready'))
  await flushPromises()
  expect(images.stale).toBe(false)
  expect(images.items).toHaveLength(0)
})

it('forgets everything when another engine is chosen', async () => {
  const images = await store()
  list.mockReturnValue([image({ id: 'sha256:b' }), image()])
  main.emit('engines.changed', engineState('ready', 'other'))
  await Promise.resolve()
  await flushPromises()
  expect(images.items).toHaveLength(2)
})

it('says why it could not fetch', async () => {
  list.mockImplementation(() => {
    throw new LaminaError('engine_lost')
  })
  const images = await store()
  expect(images.error?.code).toBe('engine_lost')
  expect(images.loaded).toBe(false)
})
