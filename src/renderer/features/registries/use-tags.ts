import type { AppError } from '@shared/errors'
import { ref, shallowRef, watch } from 'vue'
import { asAppError, call, isCancelled } from '@/api'

/** The names of the tags of a repository; null: none is chosen. */
export function useTags(place: () => { id: string; repository: string } | null) {
  const tags = shallowRef<string[]>([])
  const loading = ref(false)
  const error = shallowRef<AppError | null>(null)
  let running = new AbortController()

  async function load(): Promise<void> {
    running.abort()
    const chosen = place()
    if (chosen === null) return
    const mine = (running = new AbortController())
    loading.value = true
    error.value = null
    try {
      tags.value = await call('registries.tags', chosen, mine)
    } catch (thrown) {
      if (!isCancelled(thrown)) error.value = asAppError(thrown)
    } finally {
      if (running === mine) loading.value = false
    }
  }

  watch(
    () => JSON.stringify(place()),
    () => {
      tags.value = []
      error.value = null
      void load()
    },
    { immediate: true },
  )
  return { tags, loading, error, load }
}
