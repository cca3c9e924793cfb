import { useDebounceFn } from '@vueuse/core'
import { shallowRef, watch } from 'vue'
import { asAppError, call } from '@/api'
import { useAnswer } from '@/components/use-answer'

/** Tags of one question: few, so that the count moves. */
const CHUNK = 5
const PAGE = 500
/** Milliseconds after the last change of the form until it is counted. */
const PAUSE = 300

/** A copy between two registries, or all of one. */
export interface MeasuredCopy {
  id: string
  to: string
  platform: string
  /** Null: every repository, with all tags. */
  parts: { repository: string; target: string; tags: string[] }[] | null
}

export interface CopyCount {
  /** Tags. */
  done: number
  total: number
  /** Of distinct blobs that the target has not got. */
  bytes: number
  /** Tags that could not be told of. */
  unknown: number
}

/** Counts what a copy would send, tag by tag, as long as somebody looks; null: there is no copy. */
export function useCopySize(copy: () => MeasuredCopy | null) {
  const count = shallowRef<CopyCount | null>(null)
  const { error, looking, look, forget } = useAnswer(async (signal) => {
    const asked = copy()
    count.value = null
    if (asked === null) return null
    const { id, to, platform } = asked
    const parts = asked.parts ?? (await everything(id, signal))
    const total = parts.reduce((sum, { tags }) => sum + tags.length, 0)
    const sizes = new Map<string, number>()
    let found: CopyCount = { done: 0, total, bytes: 0, unknown: 0 }
    count.value = found
    for (const { repository, target, tags: all } of parts) {
      for (let at = 0; at < all.length; at += CHUNK) {
        const tags = all.slice(at, at + CHUNK)
        const ends = { id, repository, tags, platform, to: { id: to, repository: target } }
        const { blobs, unknown } = await call('registries.measureCopy', ends, { signal })
        let bytes = found.bytes
        for (const { digest, size } of blobs) {
          if (!sizes.has(digest)) bytes += size
          sizes.set(digest, size)
        }
        found = { total, bytes, done: found.done + tags.length, unknown: found.unknown + unknown }
        count.value = found
      }
    }
    return found
  })
  const lookSoon = useDebounceFn(look, PAUSE)
  watch(
    () => JSON.stringify(copy()),
    () => {
      forget()
      count.value = null
      void lookSoon()
    },
    { immediate: true },
  )
  return { count, error, looking }
}

async function everything(
  id: string,
  signal: AbortSignal,
): Promise<NonNullable<MeasuredCopy['parts']>> {
  const parts: NonNullable<MeasuredCopy['parts']> = []
  for (let after: string | null = null; ;) {
    const page: { repositories: string[]; next: string | null } = await call(
      'registries.repositories',
      { id, after, limit: PAGE },
      { signal },
    )
    for (const repository of page.repositories) {
      const tags = await call('registries.tags', { id, repository }, { signal }).catch(
        (thrown: unknown) => {
          // A push that never ended leaves a repository without tags.
          if (asAppError(thrown).code === 'manifest_unknown') return []
          throw thrown
        },
      )
      parts.push({ repository, target: repository, tags })
    }
    after = page.next
    if (after === null) return parts
  }
}
