import type { Task } from '@shared/models'
import { computed, ref, type ComputedRef } from 'vue'
import { useTasksStore } from '@/stores/tasks'
import { useSubmit, type Submit } from './use-submit'

export interface TaskRun extends Submit {
  /** The task that was started here, with its progress, also after its end. */
  task: ComputedRef<Task | null>
  /**
   * Starts a task and resolves with it once it is done; null when it was refused or failed, or when
   * nothing was started after all (null).
   */
  run(start: () => Promise<string | null>): Promise<Task | null>
}

/** A dialog that starts a task and shows how it goes. The task goes on when the dialog closes. */
export function useTaskRun(): TaskRun {
  const tasks = useTasksStore()
  const form = useSubmit()
  const id = ref<string | null>(null)
  const task = computed(() => (id.value === null ? null : (tasks.byId.get(id.value) ?? null)))

  async function run(start: () => Promise<string | null>): Promise<Task | null> {
    let done: Task | null = null
    reset()
    await form.submit(async () => {
      id.value = await start()
      if (id.value === null) return
      const ended = await tasks.whenEnded(id.value)
      if (ended.state === 'done') done = ended
    })
    return done
  }

  function reset(): void {
    id.value = null
    form.reset()
  }

  return { ...form, task, run, reset }
}
