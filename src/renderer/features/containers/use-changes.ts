import type { AppError } from '@shared/errors'
import type { TreeSummary } from '@shared/models'
import { ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import { ApiError, asAppError, call } from '@/api'
import { useTasksStore } from '@/stores/tasks'

export interface Changes {
  /** What was read last; stays while it is read again. */
  summary: ShallowRef<TreeSummary | null>
  reading: Ref<boolean>
  error: ShallowRef<AppError | null>
  /** When `summary` was read (ms). */
  readAt: Ref<number | null>
  /** Reads the writable layer again. */
  refresh(): Promise<void>
}

/** The changed files of a container, read at once and whenever `refresh` is called. */
export function useChanges(container: () => string): Changes {
  const tasks = useTasksStore()
  const summary = shallowRef<TreeSummary | null>(null)
  const reading = ref(false)
  const error = shallowRef<AppError | null>(null)
  const readAt = ref<number | null>(null)
  let latest = 0

  async function open(id: string): Promise<TreeSummary> {
    const opened = await call('trees.open', { source: { kind: 'changes', container: id } })
    if (opened.state === 'ready') return opened.summary
    const { result, error: failure } = await tasks.whenEnded(opened.task)
    if (result?.summary) return result.summary
    throw new ApiError(failure ?? { code: 'cancelled', params: {}, cause: null })
  }

  async function refresh(): Promise<void> {
    const mine = ++latest
    reading.value = true
    try {
      const read = await open(container())
      if (mine !== latest) return
      summary.value = read
      readAt.value = Date.now()
      error.value = null
    } catch (thrown) {
      if (mine === latest) error.value = asAppError(thrown)
    } finally {
      if (mine === latest) reading.value = false
    }
  }

  watch(
    container,
    () => {
      summary.value = null
      void refresh()
    },
    { immediate: true },
  )
  return { summary, reading, error, readAt, refresh }
}

/** Entries that were added, changed or deleted; folders listed only for what is below not counted. */
export function changeCount(summary: TreeSummary): number {
  return summary.added + summary.changed + summary.deleted
}
