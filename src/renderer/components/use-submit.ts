import type { AppError } from '@shared/errors'
import { computed, ref, shallowRef, type Ref } from 'vue'
import { asAppError, isCancelled } from '@/api'

/** What a form is doing, for `FormDialog`. */
export interface FormState {
  /** Its work is under way. */
  busy: Readonly<Ref<boolean>>
  /** Why it was refused. */
  error: Readonly<Ref<AppError | null>>
  /** Forgets what came of the last work. */
  reset(): void
}

export interface Submit extends FormState {
  busy: Ref<boolean>
  error: Ref<AppError | null>
  /** Does the work; false when it failed or was cancelled. Never rejects: see `error`. */
  submit(work: () => Promise<unknown>): Promise<boolean>
}

/** What is done when a form is submitted: busy meanwhile, with the error when it was refused. */
export function useSubmit(): Submit {
  const busy = ref(false)
  const error = shallowRef<AppError | null>(null)

  async function submit(work: () => Promise<unknown>): Promise<boolean> {
    busy.value = true
    error.value = null
    try {
      await work()
      return true
    } catch (thrown) {
      if (!isCancelled(thrown)) error.value = asAppError(thrown)
      return false
    } finally {
      busy.value = false
    }
  }
  return { busy, error, submit, reset: () => (error.value = null) }
}

/** Of a form with something besides its submit (a test, say): the errors of both, the first one's work. */
export function joinForms(form: FormState, other: FormState): FormState {
  return {
    busy: form.busy,
    error: computed(() => form.error.value ?? other.error.value),
    reset() {
      form.reset()
      other.reset()
    },
  }
}
