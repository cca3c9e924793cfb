import type { AppError } from '@shared/errors'
import { computed, ref, shallowRef, watch } from 'vue'
import { asAppError, call, isCancelled } from '@/api'

const PAGE = 100

/** The catalog of a registry, page after page, and the tags of the repository that is chosen. */
export function useRepositories(registry: () => string | null, chosen: () => string | null) {
  const repositories = shallowRef<string[]>([])
  const next = ref<string | null>(null)
  const loading = ref(false)
  const loaded = ref(false)
  const error = shallowRef<AppError | null>(null)
  const tags = shallowRef<string[]>([])
  const tagsLoading = ref(false)
  const tagsError = shallowRef<AppError | null>(null)
  /** Many public registries refuse it; a repository is entered by hand then. */
  const catalogRefused = computed(
    () =>
      error.value?.code === 'registry_catalog_refused' ||
      error.value?.code === 'registry_unauthorized',
  )
  let catalogCall = new AbortController()
  let tagsCall = new AbortController()

  async function load(after: string | null): Promise<void> {
    catalogCall.abort()
    const id = registry()
    if (id === null) return
    const mine = (catalogCall = new AbortController())
    loading.value = true
    error.value = null
    try {
      const page = await call('registries.repositories', { id, after, limit: PAGE }, mine)
      repositories.value =
        after === null ? page.repositories : [...repositories.value, ...page.repositories]
      next.value = page.next
      loaded.value = true
    } catch (thrown) {
      if (!isCancelled(thrown)) error.value = asAppError(thrown)
    } finally {
      if (catalogCall === mine) loading.value = false
    }
  }

  async function loadTags(): Promise<void> {
    tagsCall.abort()
    const id = registry()
    const repository = chosen()
    tags.value = []
    tagsError.value = null
    if (id === null || repository === null) return
    const mine = (tagsCall = new AbortController())
    tagsLoading.value = true
    try {
      tags.value = await call('registries.tags', { id, repository }, mine)
    } catch (thrown) {
      if (!isCancelled(thrown)) tagsError.value = asAppError(thrown)
    } finally {
      if (tagsCall === mine) tagsLoading.value = false
    }
  }

  const refresh = () => Promise.all([load(null), loadTags()])
  const more = () => load(next.value)

  watch(registry, () => void load(null), { immediate: true })
  watch([registry, chosen], loadTags, { immediate: true })
  return {
    repositories,
    next,
    loading,
    loaded,
    error,
    catalogRefused,
    tags,
    tagsLoading,
    tagsError,
    refresh,
    more,
  }
}
