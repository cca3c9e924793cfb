import type { AppError } from '@shared/errors'
import type { PushPlan } from '@shared/registries'
import { computed, ref, shallowRef, watch, type Ref } from 'vue'
import { asAppError, call, isCancelled } from '@/api'

/** What a push would do; it holds for the name that it was asked for, and is forgotten with it. */
export function usePushPlan(image: () => string, name: Readonly<Ref<string | null>>) {
  const plan = shallowRef<PushPlan | null>(null)
  const error = shallowRef<AppError | null>(null)
  const loading = ref(false)
  let asking = new AbortController()
  /** Whether it was looked at: a registry that does not let one look may still take a push. */
  const seen = computed(() => plan.value !== null || error.value !== null)
  const shown = computed(() => loading.value || seen.value)

  function forget(): void {
    asking.abort()
    plan.value = null
    error.value = null
    loading.value = false
  }

  async function ask(): Promise<void> {
    forget()
    if (name.value === null) return
    const mine = (asking = new AbortController())
    loading.value = true
    try {
      plan.value = await call('images.planPush', { image: image(), reference: name.value }, mine)
    } catch (thrown) {
      if (!isCancelled(thrown) && asking === mine) error.value = asAppError(thrown)
    } finally {
      if (asking === mine) loading.value = false
    }
  }

  watch([image, name], forget)
  return { plan, error, loading, seen, shown, ask, forget }
}
