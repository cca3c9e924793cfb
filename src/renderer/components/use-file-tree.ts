import type { AppError } from '@shared/errors'
import type { TreeNode } from '@shared/models'
import { watchDebounced } from '@vueuse/core'
import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import { asAppError, call, isCancelled } from '@/api'
import { TreeModel, type TreeRow } from '@/lib/tree-model'

const SEARCH_LIMIT = 1000
/** A tree with fewer entries is opened until this many rows are seen. */
const SMALL_TREE = 5000
const OPEN_ROWS = 80

/** The rows of an opened tree, or of a search in it. */
export function useFileTree(handle: () => string | null, entries: () => number) {
  const version = ref(0)
  const error = shallowRef<AppError | null>(null)
  const loading = ref(false)
  const query = ref('')
  const found = shallowRef<{ nodes: TreeNode[]; total: number } | null>(null)
  let model: TreeModel | null = null
  let controller = new AbortController()

  const fail = (thrown: unknown) => {
    if (!isCancelled(thrown)) error.value = asAppError(thrown)
  }

  async function open(tree: string | null): Promise<void> {
    controller.abort()
    const mine = (controller = new AbortController())
    error.value = null
    found.value = null
    model = null
    version.value++
    if (tree === null) return
    const opened = new TreeModel(
      (path, offset, limit) =>
        call('trees.children', { tree, path, offset, limit }, { signal: mine.signal }),
      () => {
        if (controller === mine) version.value++
      },
      fail,
    )
    model = opened
    loading.value = true
    await opened.start()
    if (controller !== mine) return
    loading.value = false
    if (entries() <= SMALL_TREE) await opened.expandSmall(OPEN_ROWS)
    if (query.value.trim() !== '') await search(query.value)
  }

  async function search(text: string): Promise<void> {
    const tree = handle()
    const wanted = text.trim()
    if (tree === null || wanted === '') {
      found.value = null
      return
    }
    const { signal } = controller
    try {
      const page = await call(
        'trees.search',
        { tree, query: wanted, limit: SEARCH_LIMIT },
        { signal },
      )
      if (query.value.trim() === wanted) found.value = page
    } catch (thrown) {
      fail(thrown)
    }
  }

  watch(handle, open, { immediate: true })
  // Not a debounced ref: text that is cleared and typed again within that time must be searched.
  watchDebounced(query, search, { debounce: 180 })
  watch(query, (text) => {
    if (text.trim() === '') found.value = null
  })
  onScopeDispose(() => controller.abort())

  const count = computed(() => (version.value, found.value?.nodes.length ?? model?.count ?? 0))

  /** The rows from `start` to `end`; what is missing is asked for. */
  function rows(start: number, end: number): { row: TreeRow; index: number }[] {
    void version.value
    const matches = found.value?.nodes
    if (!matches) model?.ensure(start, end)
    const list: { row: TreeRow; index: number }[] = []
    for (let index = start; index < end; index++) {
      const node = matches?.[index]
      const row = matches
        ? node && {
            depth: 0,
            expanded: false,
            place: index,
            siblings: matches.length,
            node,
          }
        : model?.rowAt(index)
      if (row) list.push({ row, index })
    }
    return list
  }

  const rowAt = (index: number): TreeRow | null => rows(index, index + 1)[0]?.row ?? null
  const expand = (index: number) => void (found.value ? null : model?.expand(index))
  const collapse = (index: number) => void (found.value ? null : model?.collapse(index))
  const parentOf = (index: number) => (found.value ? -1 : (model?.parentOf(index) ?? -1))

  return { count, rows, rowAt, expand, collapse, parentOf, query, found, error, loading }
}
