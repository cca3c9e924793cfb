import type { Task } from '@shared/models'
import { defineStore } from 'pinia'
import { computed, ref, shallowReactive, watch } from 'vue'
import { call, onConnected, subscribe } from '@/api'
import { percentOf } from '@/lib/format'

/** Everything that runs or ran. Main keeps the last state of each, so a late page misses nothing. */
export const useTasksStore = defineStore('tasks', () => {
  const byId = shallowReactive(new Map<string, Task>())
  const drawerOpen = ref(false)

  const all = computed(() => [...byId.values()].sort((a, b) => b.startedAt - a.startedAt))
  const running = computed(() => all.value.filter(({ state }) => state === 'running'))
  const paused = computed(() => all.value.filter(({ state }) => state === 'paused'))
  /** Reading a tree that went well has left nothing to know: its page shows the files. */
  const ended = computed(() =>
    all.value.filter(
      ({ state, kind }) =>
        state !== 'running' && state !== 'paused' && !(kind === 'index' && state !== 'failed'),
    ),
  )
  const shown = computed(() => [...running.value, ...paused.value, ...ended.value])
  /** Of all bytes of all running tasks; null while none is known. */
  const percent = computed(() => percentOf(running.value.flatMap(({ items }) => items)))

  subscribe('task.changed', (task) => byId.set(task.id, task))
  subscribe('tasks.cleared', ({ ids }) => ids.forEach((id) => byId.delete(id)))
  onConnected((connected) => {
    if (connected) void load()
  })

  async function load(): Promise<void> {
    const tasks = await call('tasks.list', {}).catch(() => null)
    if (!tasks) return
    const known = new Set(tasks.map(({ id }) => id))
    for (const id of byId.keys()) if (!known.has(id)) byId.delete(id)
    for (const task of tasks) byId.set(task.id, task)
  }

  /** Resolves with the task once it has ended (done, failed or cancelled). */
  function whenEnded(id: string): Promise<Task> {
    return new Promise((resolve) => {
      const stop = watch(
        () => byId.get(id),
        (task) => {
          if (!task || task.state === 'running' || task.state === 'paused') return
          resolve(task)
          // On the next tick: with `immediate`, `stop` is not assigned yet.
          void Promise.resolve().then(() => stop())
        },
        { immediate: true },
      )
    })
  }

  /**
   * Follows the task that a call started: `await runTask(call('images.pull', …))`. Rejects only when
   * the call itself is refused; look at `state` and `error` of what it resolves with.
   */
  async function runTask(started: Promise<string>, onStart?: (id: string) => void): Promise<Task> {
    const id = await started
    onStart?.(id)
    return whenEnded(id)
  }

  const cancel = (id: string) => call('tasks.cancel', { id })
  const pause = (id: string) => call('tasks.pause', { id })
  const resume = (id: string) => call('tasks.resume', { id })
  const clear = () => call('tasks.clear', {})

  void load()
  return {
    byId,
    all,
    running,
    paused,
    ended,
    shown,
    percent,
    drawerOpen,
    load,
    runTask,
    whenEnded,
    cancel,
    pause,
    resume,
    clear,
  }
})
