import type { AppError } from '@shared/errors'
import { computed, ref, shallowRef, watch } from 'vue'
import { asAppError, call, isCancelled } from '@/api'

const PAGE = 100

/** A repository of the list; `known`: not from the registry's own list, but met or added here. */
export interface ListedRepository {
  name: string
  known: boolean
}

/** The catalog of a registry, page after page, with the repositories that are known here. */
export function useRepositories(registry: () => string | null) {
  const listed = shallowRef<string[]>([])
  const known = shallowRef<string[]>([])
  const next = ref<string | null>(null)
  const loading = ref(false)
  const loaded = ref(false)
  const error = shallowRef<AppError | null>(null)
  let running = new AbortController()

  /** Why the list is not the registry's own: many public ones give none; null: it is. */
  const refused = computed(() => {
    const code = error.value?.code
    if (code === 'registry_catalog_refused') return 'refused'
    return code === 'registry_login_required' ? 'refusedAnonymous' : null
  })
  const repositories = computed<ListedRepository[]>(() => {
    if (!loaded.value) return []
    const own = new Set(listed.value)
    const more = known.value.filter((name) => !own.has(name))
    return [
      ...listed.value.map((name) => ({ name, known: false })),
      ...more.map((name) => ({ name, known: true })),
    ]
  })

  async function load(after: string | null): Promise<void> {
    running.abort()
    const id = registry()
    if (id === null) return
    const mine = (running = new AbortController())
    loading.value = true
    error.value = null
    // Both together, so that no row moves under the pointer.
    const met = after === null ? loadKnown() : Promise.resolve()
    try {
      const page = await call('registries.repositories', { id, after, limit: PAGE }, mine)
      await met
      listed.value = after === null ? page.repositories : [...listed.value, ...page.repositories]
      next.value = page.next
    } catch (thrown) {
      if (!isCancelled(thrown)) error.value = asAppError(thrown)
      if (running === mine && after === null) [listed.value, next.value] = [[], null]
    } finally {
      await met
      if (running === mine) [loading.value, loaded.value] = [false, true]
    }
  }

  /** What was met meanwhile is met here, too. */
  async function loadKnown(): Promise<void> {
    const id = registry()
    if (id === null) return
    known.value = await call('registries.known', { id }).catch(() => known.value)
  }

  async function add(repository: string): Promise<void> {
    const id = registry()
    if (id === null) return
    await call('registries.addKnown', { id, repository })
    await loadKnown()
  }

  async function forget(repository: string): Promise<void> {
    const id = registry()
    if (id === null) return
    await call('registries.forgetKnown', { id, repository })
    await loadKnown()
  }

  const refresh = () => load(null)
  const more = () => load(next.value)

  watch(
    registry,
    () => {
      listed.value = known.value = []
      loaded.value = false
      void refresh()
    },
    { immediate: true },
  )
  return {
    repositories,
    next,
    loading,
    loaded,
    error,
    refused,
    refresh,
    more,
    add,
    forget,
  }
}
