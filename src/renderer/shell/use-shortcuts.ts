import { useEventListener } from '@vueuse/core'
import { useRouter } from 'vue-router'
import { PAGES } from './pages'

interface Shortcuts {
  search(): void
  help(): void
}

/** Keys that work everywhere: Ctrl+K, 1–6, `/` and `?` (see `ShortcutHelp`). */
export function useShortcuts({ search, help }: Shortcuts): void {
  const router = useRouter()

  useEventListener(window, 'keydown', (event: KeyboardEvent) => {
    if (event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault()
      if (!dialogOpen()) search()
      return
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (dialogOpen() || isField(event.target)) return
    const page = PAGES[Number(event.key) - 1]
    if (page) void router.push({ name: page.name })
    else if (event.key === '/') focusFilter()
    else if (event.key === '?') help()
    else return
    event.preventDefault()
  })
}

function dialogOpen(): boolean {
  return document.querySelector('[role="dialog"]') !== null
}

function isField(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) &&
    !(target instanceof HTMLInputElement && /^(checkbox|radio|button)$/.test(target.type))
  )
}

function focusFilter(): void {
  const filters = [...document.querySelectorAll<HTMLInputElement>('[data-filter]')]
  const visible = filters.find((filter) => filter.offsetParent !== null)
  visible?.focus()
  visible?.select()
}
