import { computed, watch } from 'vue'
import { call } from '@/api'
import { useAnswer } from '@/components/use-answer'

/** The names of the tags of a repository; null: none is chosen. */
export function useTags(place: () => { id: string; repository: string } | null) {
  const { answer, error, looking, look, forget } = useAnswer(async (signal) => {
    const chosen = place()
    return chosen && call('registries.tags', chosen, { signal })
  })
  const tags = computed(() => answer.value ?? [])

  watch(
    () => JSON.stringify(place()),
    () => {
      forget()
      void look()
    },
    { immediate: true },
  )
  return { tags, loading: looking, error, load: look }
}
