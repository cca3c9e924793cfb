import type { ContainerSummary } from '@shared/models'
import { defineStore } from 'pinia'
import { computed } from 'vue'
import { call } from '@/api'
import type { CallInput } from '@shared/contract'
import { useResource } from './use-resource'

/** The containers of the engine in use, and what can be done with one. */
export const useContainersStore = defineStore('containers', () => {
  const { data: items, ...rest } = useResource<ContainerSummary[]>({
    fetch: (signal) => call('containers.list', {}, { signal }),
    initial: [],
    kinds: ['container'],
  })
  const byId = computed(() => new Map(items.value.map((container) => [container.id, container])))

  /** Fetches after an action at once, so that the list need not wait for the engine's event. */
  async function then(done: Promise<unknown>): Promise<void> {
    try {
      await done
    } finally {
      await rest.refresh()
    }
  }

  const start = (id: string) => then(call('containers.start', { id }))
  const stop = (id: string) => then(call('containers.stop', { id }))
  const remove = (input: CallInput<'containers.remove'>) => then(call('containers.remove', input))
  const deleteFile = (id: string, path: string) => call('containers.deleteFile', { id, path })

  return { items, byId, start, stop, remove, deleteFile, ...rest }
})
