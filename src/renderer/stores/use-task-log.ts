import type { LogLine, TaskLog } from '@shared/models'
import { onScopeDispose, shallowRef, watch, type ShallowRef } from 'vue'
import { call, subscribe } from '@/api'
import { useEnginesStore } from './engines'

export interface ShownLog {
  /** How many lines before the first one are no longer kept. */
  from: number
  lines: LogLine[]
}

/** Lines shown at most; main keeps about as many. */
const KEEP = 30_000

/** The log of a task as it grows: what was said before is fetched, what comes is added by its number. */
export function useTaskLog(task: () => string | null): ShallowRef<ShownLog> {
  const engines = useEnginesStore()
  const log = shallowRef<ShownLog>({ from: 0, lines: [] })

  function add(piece: TaskLog): void {
    const { value } = log
    const end = value.from + value.lines.length
    if (piece.from > end) {
      // Something was missed: all of it again.
      void load()
      return
    }
    const fresh = piece.lines.slice(end - piece.from)
    if (fresh.length === 0) return
    // A new list: whoever shows it is given it as a property.
    const lines = [...value.lines, ...fresh]
    const over = Math.max(0, lines.length - KEEP)
    log.value = { from: value.from + over, lines: over > 0 ? lines.slice(over) : lines }
  }

  async function load(): Promise<void> {
    const id = task()
    if (id === null) return
    const all = await call('tasks.log', { id }).catch(() => null)
    if (all && id === task()) log.value = { from: all.from, lines: [...all.lines] }
  }

  onScopeDispose(
    subscribe('task.logged', ({ id, ...piece }) => {
      if (id === task()) add(piece)
    }),
  )
  watch(
    () => engines.connected,
    (connected) => connected && void load(),
  )
  watch(
    task,
    () => {
      log.value = { from: 0, lines: [] }
      void load()
    },
    { immediate: true },
  )
  return log
}
