import type { AppError } from '@shared/errors'
import type { ContainerDetails } from '@shared/models'
import { shallowRef, watch, type ShallowRef } from 'vue'
import { asAppError, call, isCancelled } from '@/api'
import { useContainersStore } from '@/stores/containers'

/** The details of one container, read again whenever the list of containers is. */
export function useContainer(id: () => string): {
  details: ShallowRef<ContainerDetails | null>
  error: ShallowRef<AppError | null>
} {
  const containers = useContainersStore()
  const details = shallowRef<ContainerDetails | null>(null)
  const error = shallowRef<AppError | null>(null)

  watch(
    [id, () => containers.items],
    async ([wanted], [before], onCleanup) => {
      const controller = new AbortController()
      onCleanup(() => controller.abort())
      if (wanted !== before) details.value = null
      try {
        details.value = await call('containers.inspect', { id: wanted }, controller)
        error.value = null
      } catch (thrown) {
        if (!isCancelled(thrown)) error.value = asAppError(thrown)
      }
    },
    { immediate: true },
  )
  return { details, error }
}
