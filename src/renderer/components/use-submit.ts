import type { AppError } from '@shared/errors'
import { ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import { asAppError } from '@/api'

/** What a dialog does when it is submitted: busy meanwhile, with the error when it was refused. */
export function useSubmit(): {
  busy: Ref<boolean>
  error: ShallowRef<AppError | null>
  /** Does the work; false when it failed. Never rejects: see `error`. */
  submit(work: () => Promise<unknown>): Promise<boolean>
} {
  const busy = ref(false)
  const error = shallowRef<AppError | null>(null)

  async function submit(work: () => Promise<unknown>): Promise<boolean> {
    busy.value = true
    error.value = null
    try {
      await work()
      return true
    } catch (thrown) {
      error.value = asAppError(thrown)
      return false
    } finally {
      busy.value = false
    }
  }
  return { busy, error, submit }
}
