import type { Engine, EnginesState } from '@shared/models'
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { asAppError, call, onConnected, onRefused, subscribe } from '@/api'
import { dockerCommands } from '@/lib/docker-command'
import type { AppError } from '@shared/errors'

/** The engines that were found, the one in use, and whether main itself can be reached. */
export const useEnginesStore = defineStore('engines', () => {
  const state = shallowRef<EnginesState>({ engines: [], current: null })
  const connected = ref(true)
  /** Main was started anew: this page's address is no longer good. */
  const refused = ref(false)
  const refreshing = ref(false)
  const error = shallowRef<AppError | null>(null)

  const engines = computed(() => state.value.engines)
  const current = computed<Engine | null>(
    () => engines.value.find(({ id }) => id === state.value.current) ?? null,
  )
  /** Whether calls to the engine can succeed now. */
  const ready = computed(() => connected.value && current.value?.state === 'ready')
  /** Command builders for the engine in use. */
  const docker = computed(() => dockerCommands(current.value?.cliArgs ?? []))

  subscribe('engines.changed', (changed) => (state.value = changed))
  onConnected((isConnected) => {
    connected.value = isConnected
    if (isConnected) refused.value = false
    if (isConnected) void load()
  })
  onRefused(() => (refused.value = true))

  async function settle(work: Promise<EnginesState>): Promise<void> {
    try {
      state.value = await work
      error.value = null
    } catch (thrown) {
      error.value = asAppError(thrown)
    }
  }

  const load = () => settle(call('engines.state', {}))
  const use = (id: string) => settle(call('engines.use', { id }))

  /** Looks for engines again. */
  async function refresh(): Promise<void> {
    refreshing.value = true
    await settle(call('engines.refresh', {}))
    refreshing.value = false
  }

  void load()
  return {
    engines,
    current,
    ready,
    connected,
    refused,
    docker,
    refreshing,
    error,
    load,
    use,
    refresh,
  }
})
