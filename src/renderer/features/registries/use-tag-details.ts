import type { AppError } from '@shared/errors'
import type { TagDetails } from '@shared/registries'
import { computed, onScopeDispose, ref, shallowReactive, watch } from 'vue'
import { asAppError, call, isCancelled } from '@/api'

/** Questions to the registry at the same time. */
const WIDTH = 4

/**
 * What stands under tags, asked for as their rows come into view: newest wish first, a few at a time,
 * and a row that left the view before its turn is not asked for. A tag that fails keeps its error.
 */
export function useTagDetails(
  place: () => { id: string; repository: string },
  /** Whether a look into a tag is free; else only its digest is asked for until `everything`. */
  free: () => boolean,
) {
  const found = shallowReactive(new Map<string, TagDetails>())
  const failed = shallowReactive(new Map<string, AppError>())
  const full = ref(false)
  const wishes = new Set<string>()
  /** Those that all rows wait for, as an order by size or age does. */
  const due = shallowReactive(new Set<string>())
  let running = 0
  let stop = new AbortController()

  const waiting = computed(() => due.size)

  /** A call that main's going away broke waits for its return when it is made again. */
  async function ask(tag: string): Promise<TagDetails> {
    try {
      return await askOnce(tag)
    } catch (thrown) {
      if (asAppError(thrown).code !== 'app_unreachable' || stop.signal.aborted) throw thrown
      return askOnce(tag)
    }
  }

  async function askOnce(tag: string): Promise<TagDetails> {
    const what = place()
    if (free() || full.value) return call('registries.tagDetails', { ...what, tag }, stop)
    const digests = await call('registries.digests', { ...what, tags: [tag] }, stop)
    return { digest: digests[tag] ?? '', size: null, platforms: [], createdAt: null }
  }

  async function work(tag: string): Promise<void> {
    const mine = stop
    running++
    try {
      const details = await ask(tag)
      if (mine === stop) found.set(tag, details)
    } catch (thrown) {
      if (mine === stop && !isCancelled(thrown)) failed.set(tag, asAppError(thrown))
    } finally {
      if (mine === stop) {
        running--
        due.delete(tag)
        next()
      }
    }
  }

  function next(): void {
    while (running < WIDTH) {
      const tag = [...wishes].at(-1) ?? [...due].find((one) => !asked.has(one))
      if (tag === undefined) return
      wishes.delete(tag)
      asked.add(tag)
      void work(tag)
    }
  }
  const asked = new Set<string>()
  /** How many rows show a tag: two for a moment, when rows change places. */
  const rows = new Map<string, number>()

  function want(tag: string): void {
    rows.set(tag, (rows.get(tag) ?? 0) + 1)
    if (asked.has(tag)) return
    wishes.add(tag)
    next()
  }

  function unwant(tag: string): void {
    const left = (rows.get(tag) ?? 1) - 1
    if (left > 0) rows.set(tag, left)
    else {
      rows.delete(tag)
      wishes.delete(tag)
    }
  }

  /** For an order by what is only known once it was asked for. */
  function wantAll(tags: readonly string[]): void {
    for (const tag of tags) if (!asked.has(tag)) due.add(tag)
    next()
  }

  function retry(tag: string): void {
    failed.delete(tag)
    asked.delete(tag)
    wishes.add(tag)
    next()
  }

  /** Looks into every tag, though the registry counts it. */
  function everything(tags: readonly string[]): void {
    forget()
    full.value = true
    wantAll(tags)
  }

  function forget(): void {
    stop.abort()
    stop = new AbortController()
    running = 0
    for (const one of [found, failed, wishes, due, asked]) one.clear()
  }

  watch(
    () => JSON.stringify(place()),
    () => {
      forget()
      full.value = false
    },
  )
  onScopeDispose(() => stop.abort())
  return { found, failed, full, waiting, want, unwant, wantAll, retry, everything, forget }
}
