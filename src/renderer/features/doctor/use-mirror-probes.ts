import type { MirrorProbe } from '@shared/doctor'
import type { AppError } from '@shared/errors'
import { computed, onScopeDispose, reactive, shallowRef } from 'vue'
import { asAppError, call, isCancelled } from '@/api'

/** Tests of mirrors: what was found of each, and which are under way. */
export function useMirrorProbes() {
  const found = reactive(new Map<string, MirrorProbe>())
  const running = reactive(new Map<string, AbortController>())
  const error = shallowRef<AppError | null>(null)

  async function probe(url: string): Promise<void> {
    if (running.has(url)) return
    const stop = new AbortController()
    running.set(url, stop)
    error.value = null
    try {
      found.set(url, await call('mirrors.probe', { url }, { signal: stop.signal }))
    } catch (thrown) {
      if (!isCancelled(thrown)) error.value = asAppError(thrown)
    } finally {
      running.delete(url)
    }
  }

  function cancel(): void {
    for (const stop of running.values()) stop.abort()
  }

  onScopeDispose(cancel)
  return { found, running, error, busy: computed(() => running.size > 0), probe, cancel }
}
