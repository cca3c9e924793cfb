/**
 * Long work: it outlives the page that began it, can be cancelled down to its request, and keeps
 * its last state, so that a late viewer needs no replay.
 */
import { randomUUID } from 'node:crypto'
import type { Handlers } from '@shared/contract'
import { LaminaError, toAppError } from '@shared/errors'
import type { LogLine, Task, TaskItem, TaskResult } from '@shared/models'
import type { EventHub } from './event-hub'
import { LogBook } from './task-log'

/** What the work of a task is given. */
export interface TaskRun {
  /** Aborts when the task is cancelled. */
  readonly signal: AbortSignal
  /** Changes an item, or adds it at the end. */
  item(id: string, change: Partial<Omit<TaskItem, 'id'>>): void
  /** Adds a line to its log. */
  log(line: LogLine): void
}

interface Entry {
  task: Task
  items: Map<string, TaskItem>
  log: LogBook
  abort: AbortController
  ended: Promise<void>
  /** Set while a `task.changed` is due. */
  timer: NodeJS.Timeout | null
  sentAt: number
}

/** At most ten `task.changed` a second for one task. */
const INTERVAL = 100
/** Ended tasks beyond these are forgotten, the oldest first. */
const KEEP_ENDED = 200

export class TasksService {
  private readonly entries = new Map<string, Entry>()

  constructor(private readonly events: EventHub) {}

  /** Begins the work and returns the task's id at once. */
  start(
    head: Pick<Task, 'kind' | 'subject' | 'engine'>,
    work: (run: TaskRun) => Promise<TaskResult>,
  ): string {
    const id = randomUUID()
    const task: Task = {
      id,
      ...head,
      state: 'running',
      items: [],
      startedAt: Date.now(),
      endedAt: null,
      error: null,
      result: null,
    }
    const entry: Entry = {
      task,
      items: new Map(),
      log: new LogBook(),
      abort: new AbortController(),
      ended: Promise.resolve(),
      timer: null,
      sentAt: 0,
    }
    this.entries.set(id, entry)
    this.send(entry)
    entry.ended = this.run(entry, work)
    return id
  }

  list(): Task[] {
    return [...this.entries.values()].map(snapshot)
  }

  /** Asks a task to end. One that has ended stays as it is; one nobody knows is `not_found`. */
  cancel(id: string): void {
    const entry = this.entry(id)
    if (entry.task.state === 'running') entry.abort.abort()
  }

  /** Cancels everything and waits until it has cleaned up after itself, or `limit` milliseconds. */
  async close(limit: number): Promise<void> {
    const running = [...this.entries.values()].filter(({ task }) => task.state === 'running')
    for (const entry of running) entry.abort.abort()
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, limit)
    })
    await Promise.race([Promise.all(running.map((entry) => entry.ended)), late])
    clearTimeout(timer)
  }

  handlers(): Pick<Handlers, 'tasks.list' | 'tasks.log' | 'tasks.cancel' | 'tasks.clear'> {
    return {
      'tasks.list': async () => this.list(),
      'tasks.log': async ({ id }) => this.entry(id).log.all(),
      'tasks.cancel': async ({ id }) => this.cancel(id),
      'tasks.clear': async () => this.forget(0),
    }
  }

  private async run(entry: Entry, work: (run: TaskRun) => Promise<TaskResult>): Promise<void> {
    const { task } = entry
    const run: TaskRun = {
      signal: entry.abort.signal,
      item: (id, change) => this.change(entry, id, change),
      log: (line) => {
        entry.log.add(line)
        this.sendSoon(entry)
      },
    }
    try {
      task.result = await work(run)
      task.state = 'done'
      settle(entry, 'done')
    } catch (thrown) {
      if (entry.abort.signal.aborted) {
        task.state = 'cancelled'
      } else {
        task.state = 'failed'
        task.error = toAppError(thrown)
      }
      settle(entry, 'failed')
    }
    task.endedAt = Date.now()
    this.send(entry)
    this.forget(KEEP_ENDED)
  }

  private change(entry: Entry, id: string, change: Partial<Omit<TaskItem, 'id'>>): void {
    if (entry.task.state !== 'running') return
    const before = entry.items.get(id)
    entry.items.set(id, {
      ...(before ?? { id, state: 'waiting', status: '', done: 0, total: null }),
      ...change,
    })
    this.sendSoon(entry)
  }

  private entry(id: string): Entry {
    const entry = this.entries.get(id)
    if (entry === undefined) throw new LaminaError('not_found', { name: id })
    return entry
  }

  private sendSoon(entry: Entry): void {
    if (entry.timer !== null) return
    const wait = Math.max(0, entry.sentAt + INTERVAL - Date.now())
    entry.timer = setTimeout(() => this.send(entry), wait)
  }

  private send(entry: Entry): void {
    if (entry.timer !== null) clearTimeout(entry.timer)
    entry.timer = null
    entry.sentAt = Date.now()
    const { id } = entry.task
    const news = entry.log.news()
    if (news !== null) this.events.emit('task.logged', { id, ...news })
    this.events.emit('task.changed', snapshot(entry))
  }

  /** Forgets ended tasks, the oldest first, until `keep` are left. */
  private forget(keep: number): void {
    const ended = [...this.entries.values()].filter(({ task }) => task.endedAt !== null)
    const ids = ended.slice(0, Math.max(0, ended.length - keep)).map(({ task }) => task.id)
    if (ids.length === 0) return
    for (const id of ids) this.entries.delete(id)
    this.events.emit('tasks.cleared', { ids })
  }
}

/** Items that were under way end as the task did. */
function settle(entry: Entry, state: 'done' | 'failed'): void {
  for (const [id, item] of entry.items) {
    if (item.state === 'waiting' || item.state === 'working') {
      entry.items.set(id, { ...item, state })
    }
  }
}

function snapshot({ task, items }: Entry): Task {
  return { ...task, items: [...items.values()] }
}
