import type { AppError } from '@shared/errors'
import type { ContainerState, ContainerSummary } from '@shared/models'
import { computed, ref, shallowRef } from 'vue'
import { asAppError } from '@/api'
import { useText } from '@/i18n'
import { useContainersStore } from '@/stores/containers'
import { useEnginesStore } from '@/stores/engines'

const RUNS: readonly ContainerState[] = ['running', 'paused', 'restarting']

/** Whether it has processes, so that it is stopped and not started. */
export function isUp(state: ContainerState): boolean {
  return RUNS.includes(state)
}

/** Start and stop, with the error of the last one and the ids that are being worked on. */
export function useContainerActions() {
  const containers = useContainersStore()
  const engines = useEnginesStore()
  const t = useText()
  const busy = ref(new Set<string>())
  const error = shallowRef<AppError | null>(null)

  /** Why nothing can be started here, or null. */
  const startRefusal = computed(() =>
    engines.current?.canRun === false ? t('containers.cannotRun') : null,
  )

  async function toggle({ id, state }: Pick<ContainerSummary, 'id' | 'state'>): Promise<void> {
    if (busy.value.has(id)) return
    busy.value = new Set(busy.value).add(id)
    error.value = null
    try {
      await (isUp(state) ? containers.stop(id) : containers.start(id))
    } catch (thrown) {
      error.value = asAppError(thrown)
    } finally {
      const rest = new Set(busy.value)
      rest.delete(id)
      busy.value = rest
    }
  }

  return { busy, error, startRefusal, toggle }
}
