import type { Task } from '@shared/models'
import { flushPromises } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { LaminaError } from '@shared/errors'
import { beforeEach, expect, it } from 'vitest'
import { call } from '@/api'
import { useTasksStore } from '@/stores/tasks'
import { fakeMain, task as anyTask } from '../support/fake-main'

const task = (part: Partial<Task> = {}) => anyTask({ id: 't1', kind: 'pull', ...part })
let early = false
const main = fakeMain({
  'tasks.list': () => [task({ id: 'old', state: 'done' })],
  'images.pull': ({ reference }) => {
    if (reference === 'bad') throw new LaminaError('reference_invalid', { reference })
    // A task may end before its id arrives.
    if (early) main.emit('task.changed', task({ state: 'done' }))
    return 't1'
  },
})

beforeEach(() => {
  early = false
  setActivePinia(createPinia())
})

it('knows the tasks of before', async () => {
  const tasks = useTasksStore()
  await flushPromises()
  expect(tasks.ended.map(({ id }) => id)).toEqual(['old'])
  expect(tasks.running).toEqual([])
})

it('resolves with the task when it has ended, however', async () => {
  const tasks = useTasksStore()
  const run = tasks.runTask(call('images.pull', { reference: 'busybox' }))
  await flushPromises()
  main.emit('task.changed', task())
  expect(tasks.running).toHaveLength(1)
  main.emit('task.changed', task({ state: 'cancelled' }))
  expect((await run).state).toBe('cancelled')
})

it('resolves for a task that ended before its id was known', async () => {
  const tasks = useTasksStore()
  early = true
  expect((await tasks.runTask(call('images.pull', { reference: 'busybox' }))).state).toBe('done')
})

it('rejects when the call is refused', async () => {
  const run = useTasksStore().runTask(call('images.pull', { reference: 'bad' }))
  await expect(run).rejects.toMatchObject({ error: { code: 'reference_invalid' } })
})

it('adds up the percent of what runs, and forgets what was cleared', async () => {
  const tasks = useTasksStore()
  await flushPromises()
  const item = { id: 'l', state: 'working' as const, status: '', done: 25, total: 100 }
  main.emit('task.changed', task({ items: [item] }))
  expect(tasks.percent).toBe(25)
  main.emit('tasks.cleared', { ids: ['old'] })
  expect(tasks.ended).toEqual([])
})
