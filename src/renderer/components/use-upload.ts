import type { AppError } from '@shared/errors'
import { ref, type Ref } from 'vue'
import { useSubmit } from './use-submit'

type OnProgress = (done: number, total: number) => void

/** Choosing files: in the browser they are uploaded at once, which takes its time. */
export function useUpload(): {
  /** Bytes, while something is uploaded. */
  sent: Ref<{ done: number; total: number } | null>
  error: Ref<AppError | null>
  /** Lets one choose; never rejects: see `error`. */
  choose(work: (onProgress: OnProgress) => Promise<void>): Promise<void>
} {
  const { error, submit } = useSubmit()
  const sent = ref<{ done: number; total: number } | null>(null)

  async function choose(work: (onProgress: OnProgress) => Promise<void>): Promise<void> {
    await submit(() => work((done, total) => (sent.value = { done, total })))
    sent.value = null
  }
  return { sent, error, choose }
}
