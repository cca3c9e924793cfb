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
  work: (run: TaskRun) => Promise<TaskResult>
  items: Map<string, TaskItem>
  log: LogBook
  /** Of this run; one that goes on after a pause has another. */
  abort: AbortController
  /** It was aborted to be paused, and not to be ended. */
  pausing: boolean
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

  /**
   * Begins the work and returns the task's id at once. Pausable is work that, begun again after it was
   * aborted, goes on where it stood.
   */
  start(
    head: Pick<Task, 'kind' | 'subject' | 'engine'> & { pausable?: boolean },
    work: (run: TaskRun) => Promise<TaskResult>,
  ): string {
    const id = randomUUID()
    const task: Task = {
      id,
      pausable: false,
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
      work,
      items: new Map(),
      log: new LogBook(),
      abort: new AbortController(),
      pausing: false,
      ended: Promise.resolve(),
      timer: null,
      sentAt: 0,
    }
    this.entries.set(id, entry)
    this.send(entry)
    entry.ended = this.run(entry)
    return id
  }

  list(): Task[] {
    return [...this.entries.values()].map(snapshot)
  }

  /** Asks a task to end. One that has ended stays as it is; one nobody knows is `not_found`. */
  cancel(id: string): void {
    const entry = this.entry(id)
    entry.pausing = false
    if (entry.task.state === 'running') entry.abort.abort()
    if (entry.task.state === 'paused') this.end(entry, 'cancelled', 'failed')
  }

  /** Stops a task that can go on later. Throws `not_pausable` for another one. */
  pause(id: string): void {
    const entry = this.entry(id)
    const { pausable, subject, state } = entry.task
    if (!pausable) throw new LaminaError('not_pausable', { name: subject })
    if (state !== 'running') return
    entry.pausing = true
    entry.abort.abort()
  }

  /** Goes on with a task that was paused; any other stays as it is. */
  async resume(id: string): Promise<void> {
    const entry = this.entry(id)
    if (entry.pausing) await entry.ended
    if (entry.task.state !== 'paused') return
    entry.task.state = 'running'
    entry.abort = new AbortController()
    this.send(entry)
    entry.ended = this.run(entry)
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

  handlers(): Pick<Handlers, Extract<keyof Handlers, `tasks.${string}`>> {
    return {
      'tasks.list': async () => this.list(),
      'tasks.log': async ({ id }) => this.entry(id).log.all(),
      'tasks.cancel': async ({ id }) => this.cancel(id),
      'tasks.pause': async ({ id }) => this.pause(id),
      'tasks.resume': async ({ id }) => this.resume(id),
      'tasks.clear': async () => this.forget(0),
    }
  }

  private async run(entry: Entry): Promise<void> {
    const { task, abort } = entry
    const run: TaskRun = {
      signal: abort.signal,
      item: (id, change) => this.change(entry, id, change),
      log: (line) => {
        entry.log.add(line)
        this.sendSoon(entry)
      },
    }
    try {
      task.result = await entry.work(run)
      this.end(entry, 'done', 'done')
    } catch (thrown) {
      if (entry.pausing) this.rest(entry)
      else if (abort.signal.aborted) this.end(entry, 'cancelled', 'failed')
      else {
        task.error = toAppError(thrown)
        this.end(entry, 'failed', 'failed')
      }
    }
  }

  private end(
    entry: Entry,
    state: 'done' | 'failed' | 'cancelled',
    items: 'done' | 'failed',
  ): void {
    entry.pausing = false
    entry.task.state = state
    entry.task.endedAt = Date.now()
    settle(entry, { state: items })
    this.send(entry)
    this.forget(KEEP_ENDED)
  }

  private rest(entry: Entry): void {
    entry.pausing = false
    entry.task.state = 'paused'
    settle(entry, { state: 'waiting', status: 'Paused' })
    this.send(entry)
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

/** Items that were under way end, or rest, as the task does. */
function settle(entry: Entry, change: Pick<TaskItem, 'state'> & Partial<TaskItem>): void {
  for (const [id, item] of entry.items) {
    if (item.state === 'waiting' || item.state === 'working') {
      entry.items.set(id, { ...item, ...change })
    }
  }
}

function snapshot({ task, items }: Entry): Task {
  return { ...task, items: [...items.values()] }
}
