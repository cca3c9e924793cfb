import type { AppError } from '@shared/errors'
import type { ResourceKind } from '@shared/models'
import {
  computed,
  onScopeDispose,
  ref,
  shallowRef,
  watch,
  type ComputedRef,
  type Ref,
  type ShallowRef,
} from 'vue'
import { asAppError, isCancelled, subscribe } from '@/api'
import { useEnginesStore } from './engines'

interface ResourceOptions<T> {
  fetch(signal: AbortSignal): Promise<T>
  /** What is shown before the first answer and after a switch of engines. */
  initial: T
  /** `resource.changed` events of these kinds make it fetch again. */
  kinds: readonly ResourceKind[]
  /** Events that come together cause one fetch, at most one in this many milliseconds. */
  debounceMs?: number
}

export interface Resource<T> {
  data: ShallowRef<T>
  /** Whether `data` was answered by the engine in use at least once. */
  loaded: Ref<boolean>
  loading: Ref<boolean>
  /** The engine does not answer: `data` is the last that was seen, to be shown greyed. */
  stale: ComputedRef<boolean>
  error: ShallowRef<AppError | null>
  /** Fetches now; concurrent calls share one fetch's outcome. Never rejects: see `error`. */
  refresh(): Promise<void>
}

/**
 * The one recipe behind every store that shows something of the engine: fetch at first use, again
 * when an event says so, again when the engine returns; forget all when another engine is chosen.
 */
export function useResource<T>(options: ResourceOptions<T>): Resource<T> {
  const { fetch, initial, kinds, debounceMs = 150 } = options
  const engines = useEnginesStore()
  const data = shallowRef(initial) as ShallowRef<T>
  const loaded = ref(false)
  const loading = ref(false)
  const error = shallowRef<AppError | null>(null)
  const stale = computed(() => loaded.value && !engines.ready)
  let controller: AbortController | null = null
  let timer: ReturnType<typeof setTimeout> | null = null

  async function refresh(): Promise<void> {
    controller?.abort()
    const mine = (controller = new AbortController())
    loading.value = true
    try {
      const value = await fetch(mine.signal)
      if (controller !== mine) return
      data.value = value
      loaded.value = true
      error.value = null
    } catch (thrown) {
      if (controller !== mine || isCancelled(thrown)) return
      error.value = asAppError(thrown)
    } finally {
      if (controller === mine) loading.value = false
    }
  }

  function refreshSoon(): void {
    timer ??= setTimeout(() => {
      timer = null
      if (engines.ready) void refresh()
    }, debounceMs)
  }

  const unsubscribe = subscribe('resource.changed', ({ kind }) => {
    if (kinds.includes(kind)) refreshSoon()
  })
  // A store lives as long as the app; a page that uses this goes with its subscription.
  onScopeDispose(() => {
    unsubscribe()
    if (timer) clearTimeout(timer)
    controller?.abort()
    controller = null
  })
  watch(
    () => engines.current?.id ?? null,
    (id, before) => {
      if (before === null || id === before) return
      controller?.abort()
      data.value = initial
      loaded.value = false
      error.value = null
      if (engines.ready) void refresh()
    },
  )
  watch(
    () => engines.ready,
    (ready) => {
      if (ready) void refresh()
    },
    { immediate: true },
  )
  return { data, loaded, loading, stale, error, refresh }
}
