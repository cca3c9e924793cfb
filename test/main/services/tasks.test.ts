import { describe, expect, it, vi } from 'vitest'
import { EventHub } from '../../../src/main/services/event-hub'
import { TasksService, type TaskRun } from '../../../src/main/services/tasks'
import { LaminaError } from '../../../src/shared/errors'
import type { Task, TaskResult } from '../../../src/shared/models'

const HEAD = { kind: 'push', subject: 'a/b:1', engine: 'Docker' } as const

function setUp() {
  const events = new EventHub()
  const changes: Task[] = []
  const cleared: string[] = []
  events.listen((name, payload) => {
    if (name === 'task.changed') changes.push(payload as Task)
    if (name === 'tasks.cleared') cleared.push(...(payload as { ids: string[] }).ids)
  })
  const tasks = new TasksService(events)
  const ended = (id: string) =>
    vi.waitFor(() => {
      const task = tasks.list().find((one) => one.id === id)
      expect(task?.endedAt).not.toBeNull()
      return task as Task
    })
  return { tasks, changes, cleared, ended }
}

describe('a task', () => {
  it('ends with its result, its items done', async () => {
    const { tasks, changes, ended } = setUp()
    const id = tasks.start(HEAD, async (run) => {
      run.item('layer', { state: 'working', done: 5, total: 10 })
      return { digest: 'sha256:x' }
    })
    expect(changes[0]).toMatchObject({ id, ...HEAD, state: 'running', items: [], endedAt: null })
    expect(await ended(id)).toMatchObject({
      state: 'done',
      result: { digest: 'sha256:x' },
      error: null,
      items: [{ id: 'layer', state: 'done', done: 5, total: 10 }],
    })
  })

  it('ends with the code of what was thrown', async () => {
    const { tasks, ended } = setUp()
    const id = tasks.start(HEAD, async (run) => {
      run.item('one', { state: 'done' })
      run.item('two', { state: 'working' })
      throw new LaminaError('disk_full', { path: '/x' })
    })
    const task = await ended(id)
    expect(task).toMatchObject({ state: 'failed', error: { code: 'disk_full' }, result: null })
    expect(task.items.map(({ state }) => state)).toEqual(['done', 'failed'])
  })

  it('pauses, goes on as the same task, and ends', async () => {
    const { tasks, ended } = setUp()
    const runs: TaskRun[] = []
    const id = tasks.start({ ...HEAD, pausable: true }, async (run) => {
      runs.push(run)
      if (runs.length === 2) return { digest: 'sha256:x' }
      run.item('there', { state: 'exists' })
      run.item('layer', { state: 'working', status: 'Pushing', done: 5, total: 10 })
      return untilAborted(run)
    })
    tasks.pause(id)
    const paused = await vi.waitFor(() => {
      const task = tasks.list()[0]
      expect(task?.state).toBe('paused')
      return task
    })
    expect(paused).toMatchObject({ endedAt: null, error: null, result: null })
    expect(paused?.items).toMatchObject([
      { id: 'there', state: 'exists' },
      { id: 'layer', state: 'waiting', status: 'Paused', done: 5, total: 10 },
    ])
    await tasks.resume(id)
    expect(await ended(id)).toMatchObject({ state: 'done', result: { digest: 'sha256:x' } })
    expect(runs.map(({ signal }) => signal.aborted)).toEqual([true, false])
  })

  it('goes on when it is resumed before it has come to rest', async () => {
    const { tasks, ended } = setUp()
    let runs = 0
    const id = tasks.start({ ...HEAD, pausable: true }, async (run) =>
      ++runs === 1 ? untilAborted(run) : {},
    )
    tasks.pause(id)
    await tasks.resume(id)
    expect(await ended(id)).toMatchObject({ state: 'done' })
  })

  it('can be cancelled while it pauses', async () => {
    const { tasks, changes, ended } = setUp()
    const id = tasks.start({ ...HEAD, pausable: true }, untilAborted)
    tasks.pause(id)
    await vi.waitFor(() => expect(changes.at(-1)?.state).toBe('paused'))
    tasks.cancel(id)
    expect(await ended(id)).toMatchObject({ state: 'cancelled' })
    await tasks.resume(id)
    expect(tasks.list()[0]?.state).toBe('cancelled')

    const other = tasks.start({ ...HEAD, pausable: true }, untilAborted)
    tasks.pause(other)
    tasks.cancel(other)
    expect(await ended(other)).toMatchObject({ state: 'cancelled' })
  })

  it('is not paused where it could not go on', async () => {
    const { tasks, ended } = setUp()
    const id = tasks.start(HEAD, untilAborted)
    expect(() => tasks.pause(id)).toThrow(expect.objectContaining({ code: 'not_pausable' }))
    tasks.cancel(id)
    await ended(id)
  })

  it('is cancelled through its signal', async () => {
    const { tasks, ended } = setUp()
    const id = tasks.start(HEAD, untilAborted)
    tasks.cancel(id)
    expect(await ended(id)).toMatchObject({ state: 'cancelled', error: null })
    tasks.cancel(id) // again: it has ended, and stays as it is
    expect(() => tasks.cancel('nobody')).toThrow(LaminaError)
  })

  it('keeps its result when the cancel came too late', async () => {
    const { tasks, ended } = setUp()
    let finish: (result: TaskResult) => void = () => undefined
    const id = tasks.start(HEAD, () => new Promise((resolve) => (finish = resolve)))
    tasks.cancel(id)
    finish({ imageId: 'x' })
    expect(await ended(id)).toMatchObject({ state: 'done', result: { imageId: 'x' } })
  })

  it('tells at most ten times a second, and the last state always', async () => {
    const { tasks, changes, ended } = setUp()
    const began = Date.now()
    const id = tasks.start(HEAD, async (run) => {
      for (let done = 1; done <= 250; done++) {
        run.item('layer', { state: 'working', done, total: 250 })
        await new Promise((resolve) => setTimeout(resolve, 2))
      }
      return {}
    })
    await ended(id)
    expect(changes.length).toBeLessThanOrEqual((Date.now() - began) / 100 + 3)
    expect(changes.length).toBeGreaterThan(3)
    expect(changes.at(-1)).toMatchObject({ state: 'done', items: [{ done: 250 }] })
  })

  it('gives snapshots: what was sent does not change afterwards', async () => {
    const { tasks, changes, ended } = setUp()
    const id = tasks.start(HEAD, async (run) => {
      run.item('layer', { done: 1 })
      return {}
    })
    await ended(id)
    expect(changes[0]).toMatchObject({ state: 'running', items: [] })
  })
})

it('forgets ended tasks when asked, and keeps those that run', async () => {
  const { tasks, cleared, ended } = setUp()
  const over = tasks.start(HEAD, async () => ({}))
  const running = tasks.start(HEAD, untilAborted)
  await ended(over)
  await tasks.handlers()['tasks.clear']({}, { signal: new AbortController().signal })
  expect(cleared).toEqual([over])
  expect(tasks.list().map(({ id }) => id)).toEqual([running])
  await tasks.close(1000)
})

it('waits at the end until what runs has cleaned up, but not for ever', async () => {
  const { tasks } = setUp()
  let cleaned = false
  tasks.start(HEAD, async (run) => {
    await untilAborted(run).catch(() => undefined)
    await new Promise((resolve) => setTimeout(resolve, 50))
    cleaned = true
    throw new LaminaError('cancelled')
  })
  tasks.start(HEAD, () => new Promise(() => undefined))
  const began = Date.now()
  await tasks.close(300)
  expect(cleaned).toBe(true)
  expect(Date.now() - began).toBeLessThan(1000)
})

function untilAborted({ signal }: TaskRun): Promise<TaskResult> {
  return new Promise((_resolve, reject) =>
    signal.addEventListener('abort', () => reject(new Error('aborted'))),
  )
}
