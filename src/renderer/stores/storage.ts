import type { AppError } from '@shared/errors'
import type { StorageContents, StorageUsage } from '@shared/storage'
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { asAppError, call } from '@/api'
import { useTasksStore } from './tasks'
import { useResource, type Resource } from './use-resource'

/**
 * What the engine in use takes of the disk. For a page, not a store: an engine adds up every file of
 * every volume for it, so that it is only asked while somebody looks.
 */
export function useStorageUsage(): Resource<StorageUsage | null> {
  return useResource<StorageUsage | null>({
    fetch: (signal) => call('storage.usage', {}, { signal }),
    initial: null,
    kinds: ['image', 'container', 'volume'],
    debounceMs: 1000,
  })
}

/** Images with their layers, containers and volumes. For a page, too: it asks for every image. */
export function useStorageContents(): Resource<StorageContents | null> {
  return useResource<StorageContents | null>({
    fetch: (signal) => call('storage.contents', {}, { signal }),
    initial: null,
    kinds: ['image', 'container', 'volume'],
    debounceMs: 2000,
  })
}

/** Care of the bundled engine's store. The last outcome stays while one walks about. */
export const useStorageStore = defineStore('storage', () => {
  const tasks = useTasksStore()
  const starting = ref(false)
  const collecting = ref(false)
  const freed = shallowRef<{ removed: number; freed: number } | null>(null)
  /** Why a check could not be started, or the garbage not be collected. */
  const error = shallowRef<AppError | null>(null)

  /** The latest check, whoever began it. */
  const task = computed(() => tasks.all.find(({ kind }) => kind === 'check') ?? null)
  const checking = computed(() => starting.value || task.value?.state === 'running')
  const report = computed(() => task.value?.result?.report ?? null)

  async function check(): Promise<void> {
    starting.value = true
    error.value = null
    try {
      await tasks.runTask(call('storage.check', {}), () => (starting.value = false))
    } catch (thrown) {
      error.value = asAppError(thrown)
    } finally {
      starting.value = false
    }
  }

  async function collect(): Promise<void> {
    collecting.value = true
    error.value = null
    freed.value = null
    try {
      freed.value = await call('storage.collect', {})
    } catch (thrown) {
      error.value = asAppError(thrown)
    } finally {
      collecting.value = false
    }
  }

  return { task, checking, report, collecting, freed, error, check, collect }
})
