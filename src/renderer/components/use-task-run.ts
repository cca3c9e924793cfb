import type { AppError } from '@shared/errors'
import type { Task } from '@shared/models'
import { computed, ref, shallowRef, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import { asAppError } from '@/api'
import { useTasksStore } from '@/stores/tasks'

export interface TaskRun {
  /** The task that was started here, with its progress, also after its end. */
  task: ComputedRef<Task | null>
  /** Why it could not be started. */
  error: ShallowRef<AppError | null>
  busy: Ref<boolean>
  /** Starts a task and resolves with it once it is done; null when it was refused or failed. */
  run(start: () => Promise<string>): Promise<Task | null>
  reset(): void
}

/** A dialog that starts a task and shows how it goes. The task goes on when the dialog closes. */
export function useTaskRun(): TaskRun {
  const tasks = useTasksStore()
  const id = ref<string | null>(null)
  const error = shallowRef<AppError | null>(null)
  const busy = ref(false)
  const task = computed(() => (id.value === null ? null : (tasks.byId.get(id.value) ?? null)))

  async function run(start: () => Promise<string>): Promise<Task | null> {
    reset()
    busy.value = true
    try {
      const ended = await tasks.runTask(start(), (started) => (id.value = started))
      return ended.state === 'done' ? ended : null
    } catch (thrown) {
      error.value = asAppError(thrown)
      return null
    } finally {
      busy.value = false
    }
  }

  function reset(): void {
    id.value = null
    error.value = null
  }

  return { task, error, busy, run, reset }
}
