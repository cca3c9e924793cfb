import type { AppError } from '@shared/errors'
import { onScopeDispose, ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import { asAppError, isCancelled } from '@/api'

export interface Answer<T> {
  /** What was answered last; kept while the same is asked again. */
  answer: ShallowRef<T | null>
  /** Why the last question has no answer. */
  error: ShallowRef<AppError | null>
  looking: Ref<boolean>
  /** Asks, in place of what was asked before. Resolves with the answer, or null; never rejects. */
  look(): Promise<T | null>
  /** Asks no longer, and knows nothing. */
  forget(): void
}

/**
 * What has to be asked for before there is anything to show: only the last question counts, and none
 * once nobody looks any more.
 */
export function useAnswer<T>(ask: (signal: AbortSignal) => Promise<T>): Answer<T> {
  const answer = shallowRef(null) as ShallowRef<T | null>
  const error = shallowRef<AppError | null>(null)
  const looking = ref(false)
  let asking = new AbortController()
  let gone = false

  async function look(): Promise<T | null> {
    if (gone) return null
    asking.abort()
    const mine = (asking = new AbortController())
    looking.value = true
    error.value = null
    try {
      const found = await ask(mine.signal)
      if (asking !== mine) return null
      return (answer.value = found)
    } catch (thrown) {
      if (asking === mine && !isCancelled(thrown)) error.value = asAppError(thrown)
      return null
    } finally {
      if (asking === mine) looking.value = false
    }
  }

  function forget(): void {
    asking.abort()
    asking = new AbortController()
    answer.value = null
    error.value = null
    looking.value = false
  }

  onScopeDispose(() => {
    gone = true
    asking.abort()
  })
  return { answer, error, looking, look, forget }
}
