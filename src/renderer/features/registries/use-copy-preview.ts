import type { CallInput } from '@shared/contract'
import type { AppError } from '@shared/errors'
import type { CopyPreview, CopyPreviewTag } from '@shared/registries'
import { useDebounceFn } from '@vueuse/core'
import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import { asAppError, call, isCancelled } from '@/api'

/** Milliseconds after the last key of a name until the registries are asked. */
const PAUSE = 300

/** What a copy would do, asked again whenever the form changes; null: the form is not complete. */
export function useCopyPreview(input: () => CallInput<'registries.previewCopy'> | null) {
  const found = shallowRef<CopyPreview | null>(null)
  const looking = ref(false)
  const error = shallowRef<AppError | null>(null)
  let running = new AbortController()

  const counts = computed(() => {
    const counted: Record<CopyPreviewTag['state'], number> = {
      ...{ new: 0, same: 0, replaces: 0, unknown: 0 },
    }
    for (const { state } of found.value?.tags ?? []) counted[state]++
    return counted
  })

  async function look(): Promise<void> {
    running.abort()
    found.value = null
    error.value = null
    const asked = input()
    looking.value = asked !== null
    if (asked === null) return
    const mine = (running = new AbortController())
    try {
      found.value = await call('registries.previewCopy', asked, mine)
    } catch (thrown) {
      if (!isCancelled(thrown)) error.value = asAppError(thrown)
    } finally {
      if (running === mine) looking.value = false
    }
  }

  const lookSoon = useDebounceFn(look, PAUSE)
  watch(
    () => JSON.stringify(input()),
    () => {
      running.abort()
      found.value = null
      looking.value = input() !== null
      void lookSoon()
    },
  )
  void look()
  onScopeDispose(() => running.abort())
  return { found, counts, looking, error, look }
}
