import { describe, expect, it } from 'vitest'
import { findPush, pushProgress } from '@/features/push/push-progress'
import { TransferRate } from '@/features/push/transfer-rate'
import type { Task, TaskItem, TaskItemState } from '@shared/models'

const layer = (state: TaskItemState, done: number, total: number | null): TaskItem => ({
  id: `${state}${done}`,
  state,
  status: '',
  done,
  total,
})

const task = (id: string, subject: string, startedAt: number): Task => ({
  id,
  kind: 'push',
  subject,
  engine: 'Docker',
  state: 'running',
  pausable: false,
  items: [],
  startedAt,
  endedAt: null,
  error: null,
  result: null,
})

describe('pushProgress', () => {
  it('counts what is sent apart from what the registry has', () => {
    const items = [
      layer('exists', 0, 700),
      layer('done', 300, 300),
      layer('working', 50, 200),
      layer('waiting', 0, null),
    ]
    expect(pushProgress(items)).toEqual({ sent: 350, toSend: 500, layers: 4, existing: 1 })
  })

  it('never shows more sent than there is to send', () => {
    expect(pushProgress([layer('working', 120, 100)])).toMatchObject({ sent: 120, toSend: 120 })
  })
})

describe('findPush', () => {
  const tasks = [task('1', 'a:1', 10), task('2', 'a:1', 20), task('3', 'b:1', 30)]

  const ended = tasks.map((one): Task => ({ ...one, state: 'done' }))
  const find = (all: Task[], begun: string | undefined, names: string[], target = 'z:1') =>
    findPush(all, { begun, names, target })?.id ?? null

  it('prefers the push that was begun on this page', () => {
    expect(find(tasks, '1', ['b:1'])).toBe('1')
  })

  it('finds the latest push to a name of the image', () => {
    expect(find(tasks, undefined, ['a:1'])).toBe('2')
    expect(find(tasks, undefined, ['c:1'])).toBeNull()
  })

  it('keeps one that has ended for the name that it went to', () => {
    expect(find(ended, '1', ['b:1'])).toBeNull()
    expect(find(ended, '1', ['b:1'], 'a:1')).toBe('1')
    expect(find(ended, '1', ['b:1'], 'b:1')).toBe('3')
  })
})

describe('TransferRate', () => {
  it('tells bytes per second and the seconds left', () => {
    const rate = new TransferRate()
    rate.note(0, 0)
    expect(rate.perSecond()).toBeNull()
    rate.note(500, 500)
    expect(rate.perSecond()).toBe(1000)
    expect(rate.secondsLeft(2500)).toBe(2)
  })

  it('forgets what lies more than five seconds back', () => {
    const rate = new TransferRate()
    rate.note(0, 0)
    rate.note(10_000, 1_000)
    rate.note(10_000, 7_000)
    rate.note(10_000, 8_000)
    expect(rate.perSecond()).toBe(0)
    expect(rate.secondsLeft(20_000)).toBeNull()
  })

  it('begins anew when a retry counts from zero', () => {
    const rate = new TransferRate()
    rate.note(0, 0)
    rate.note(1000, 1000)
    rate.note(0, 2000)
    expect(rate.perSecond()).toBeNull()
  })
})
