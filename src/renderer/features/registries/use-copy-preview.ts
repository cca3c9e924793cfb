import type { CallInput } from '@shared/contract'
import type { CopyPreviewTag } from '@shared/registries'
import { useDebounceFn } from '@vueuse/core'
import { computed, watch } from 'vue'
import { call } from '@/api'
import { useAnswer } from '@/components/use-answer'

/** Milliseconds after the last key of a name until the registries are asked. */
const PAUSE = 300

/** What a copy would do, asked again whenever the form changes; null: the form is not complete. */
export function useCopyPreview(input: () => CallInput<'registries.previewCopy'> | null) {
  const {
    answer: found,
    error,
    looking,
    look,
    forget,
  } = useAnswer(async (signal) => {
    const asked = input()
    return asked && call('registries.previewCopy', asked, { signal })
  })

  const counts = computed(() => {
    const counted: Record<CopyPreviewTag['state'], number> = {
      ...{ new: 0, same: 0, replaces: 0, unknown: 0 },
    }
    for (const { state } of found.value?.tags ?? []) counted[state]++
    return counted
  })

  const lookAgain = () => {
    forget()
    return look()
  }
  const lookSoon = useDebounceFn(lookAgain, PAUSE)
  watch(
    () => JSON.stringify(input()),
    () => {
      forget()
      looking.value = input() !== null
      void lookSoon()
    },
  )
  void look()
  return { found, counts, looking, error, look: lookAgain }
}
