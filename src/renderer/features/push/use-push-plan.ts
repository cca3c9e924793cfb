import { computed, watch, type Ref } from 'vue'
import { call } from '@/api'
import { useAnswer } from '@/components/use-answer'

/** What a push would do; it holds for the name that it was asked for, and is forgotten with it. */
export function usePushPlan(image: () => string, name: Readonly<Ref<string | null>>) {
  const {
    answer: plan,
    error,
    looking: loading,
    look,
    forget,
  } = useAnswer((signal) =>
    call('images.planPush', { image: image(), reference: name.value ?? '' }, { signal }),
  )
  /** Whether it was looked at: a registry that does not let one look may still take a push. */
  const seen = computed(() => plan.value !== null || error.value !== null)
  const shown = computed(() => loading.value || seen.value)

  async function ask(): Promise<void> {
    forget()
    if (name.value !== null) await look()
  }

  watch([image, name], forget)
  return { plan, error, loading, seen, shown, ask, forget }
}
