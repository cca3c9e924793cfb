import type { AppError } from '@shared/errors'
import type { Task, TreeSource, TreeSummary } from '@shared/models'
import {
  computed,
  onScopeDispose,
  ref,
  shallowRef,
  watch,
  type ComputedRef,
  type ShallowRef,
} from 'vue'
import { asAppError, call, isCancelled } from '@/api'
import { useTasksStore } from '@/stores/tasks'

export interface OpenedTreeState {
  summary: ShallowRef<TreeSummary | null>
  /** The task that makes the index, while it runs. */
  task: ComputedRef<Task | null>
  error: ShallowRef<AppError | null>
  /** Opens it again (after an error, or when what it shows has changed). */
  reload(): Promise<void>
}

/** Opens the tree that the getter names, waiting for its index where there is none yet. */
export function useOpenedTree(source: () => TreeSource | null): OpenedTreeState {
  const tasks = useTasksStore()
  const summary = shallowRef<TreeSummary | null>(null)
  const error = shallowRef<AppError | null>(null)
  const taskId = ref<string | null>(null)
  const task = computed(() => (taskId.value ? (tasks.byId.get(taskId.value) ?? null) : null))
  let controller = new AbortController()

  async function reload(): Promise<void> {
    controller.abort()
    const mine = (controller = new AbortController())
    const wanted = source()
    summary.value = null
    error.value = null
    taskId.value = null
    if (!wanted) return
    try {
      const opened = await open(wanted, mine)
      if (controller === mine) summary.value = opened
    } catch (thrown) {
      if (controller === mine && !isCancelled(thrown)) error.value = asAppError(thrown)
    } finally {
      if (controller === mine) taskId.value = null
    }
  }

  async function open(wanted: TreeSource, mine: AbortController): Promise<TreeSummary | null> {
    const opened = await call('trees.open', { source: wanted }, { signal: mine.signal })
    if (opened.state === 'ready') return opened.summary
    if (controller === mine) taskId.value = opened.task
    const ended = await tasks.whenEnded(opened.task)
    if (controller !== mine) return null
    if (ended.error) error.value = ended.error
    return ended.result?.summary ?? null
  }

  watch(() => JSON.stringify(source()), reload, { immediate: true })
  onScopeDispose(() => controller.abort())
  return { summary, task, error, reload }
}
