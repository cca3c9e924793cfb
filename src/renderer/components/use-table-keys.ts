import { ref, watch, type Ref } from 'vue'

interface TableKeys {
  count(): number
  pageRows(): number
  reveal(index: number): void
  open(index: number): void
  toggle(index: number, range: boolean): void
  selectAll(): void
  /** A printable character: it goes into the filter. */
  type(text: string): void
}

/** The keyboard of a table: one active row, which the focus of the whole table stands for. */
export function useTableKeys(table: TableKeys): {
  active: Ref<number>
  onKeydown(event: KeyboardEvent): void
} {
  const active = ref(0)
  watch(table.count, (count) => {
    if (active.value >= count) active.value = Math.max(0, count - 1)
  })

  const moves: Record<string, () => number> = {
    ArrowDown: () => active.value + 1,
    ArrowUp: () => active.value - 1,
    PageDown: () => active.value + table.pageRows(),
    PageUp: () => active.value - table.pageRows(),
    Home: () => 0,
    End: () => table.count() - 1,
  }

  function move(to: number): void {
    if (table.count() === 0) return
    active.value = Math.min(table.count() - 1, Math.max(0, to))
    table.reveal(active.value)
  }

  /** Answers whether the key was the table's. */
  function handle(event: KeyboardEvent): boolean {
    const next = moves[event.key]
    if (next) move(next())
    else if (event.key === 'Enter') table.open(active.value)
    else if (event.key === ' ') table.toggle(active.value, event.shiftKey)
    else if (event.key === 'a' && (event.ctrlKey || event.metaKey)) table.selectAll()
    else if (isTyping(event)) table.type(event.key)
    else return false
    return true
  }

  function onKeydown(event: KeyboardEvent): void {
    // Buttons and boxes inside the rows keep their own keys.
    if (event.target !== event.currentTarget) return
    if (handle(event)) event.preventDefault()
  }

  return { active, onKeydown }
}

/** One printable character that is not a shortcut (digits jump to pages, `/` to the filter). */
export function isTyping(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false
  return event.key.length === 1 && !/[\s/?1-6]/.test(event.key)
}
