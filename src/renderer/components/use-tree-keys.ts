import { ref, watch, type Ref } from 'vue'
import type { TreeRow } from '@/lib/tree-model'
import { isTyping } from './use-table-keys'

interface TreeKeys {
  count(): number
  pageRows(): number
  reveal(index: number): void
  rowAt(index: number): TreeRow | null
  expand(index: number): void
  collapse(index: number): void
  parentOf(index: number): number
  type(text: string): void
}

/** The keyboard of a tree, as WAI-ARIA's tree grid has it. */
export function useTreeKeys(tree: TreeKeys): {
  active: Ref<number>
  toggle(index: number): void
  onKeydown(event: KeyboardEvent): void
} {
  const active = ref(0)
  watch(tree.count, (count) => {
    if (active.value >= count) active.value = Math.max(0, count - 1)
  })

  function move(to: number): void {
    if (tree.count() === 0) return
    active.value = Math.min(tree.count() - 1, Math.max(0, to))
    tree.reveal(active.value)
  }

  function toggle(index: number): void {
    const row = tree.rowAt(index)
    if (!row?.node || row.node.children === 0) return
    if (row.expanded) tree.collapse(index)
    else tree.expand(index)
  }

  function right(): void {
    const row = tree.rowAt(active.value)
    if (row?.expanded) move(active.value + 1)
    else tree.expand(active.value)
  }

  function left(): void {
    const row = tree.rowAt(active.value)
    if (row?.expanded) tree.collapse(active.value)
    else if (tree.parentOf(active.value) >= 0) move(tree.parentOf(active.value))
  }

  const keys: Record<string, () => void> = {
    ArrowDown: () => move(active.value + 1),
    ArrowUp: () => move(active.value - 1),
    PageDown: () => move(active.value + tree.pageRows()),
    PageUp: () => move(active.value - tree.pageRows()),
    Home: () => move(0),
    End: () => move(tree.count() - 1),
    ArrowRight: right,
    ArrowLeft: left,
    Enter: () => toggle(active.value),
    ' ': () => toggle(active.value),
  }

  function onKeydown(event: KeyboardEvent): void {
    if (event.target !== event.currentTarget) return
    const act = keys[event.key]
    if (act) act()
    else if (isTyping(event)) tree.type(event.key)
    else return
    event.preventDefault()
  }

  return { active, toggle, onKeydown }
}
