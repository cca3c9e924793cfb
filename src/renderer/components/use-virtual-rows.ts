import { useElementSize, useEventListener } from '@vueuse/core'
import { computed, ref, type ComputedRef, type Ref } from 'vue'

/** Chromium draws nothing below about 33,500,000 device pixels; taller lists are scaled. */
const MAX_HEIGHT = 30_000_000
const OVERSCAN = 4
/** Where nothing is laid out (tests without a layout engine) this many pixels are assumed. */
const ASSUMED_HEIGHT = 600

interface VirtualRows {
  /** First and one past the last row to draw. */
  start: ComputedRef<number>
  end: ComputedRef<number>
  /**
   * So many rows are drawn, where there are so many: row `index` is drawn by element `index % pool`,
   * which is used again for another row when it leaves the view (twice as fast as making new ones).
   */
  pool: ComputedRef<number>
  /** Height of the scrolled box and where in it the drawn rows begin, in pixels. */
  height: ComputedRef<number>
  top: ComputedRef<number>
  /** Whole rows that fit, for Page Up and Page Down. */
  pageRows: ComputedRef<number>
  /** Scrolls as little as needed to bring a row into view. */
  reveal(index: number): void
}

/**
 * Which of `count` rows of equal height are in view of a scrolling element. `head` is the height of
 * what sticks to its top. Rows beyond `MAX_HEIGHT` are reached by scaling the scroll position.
 */
export function useVirtualRows(
  scroller: Ref<HTMLElement | null>,
  count: () => number,
  rowHeight: number,
  head: number,
): VirtualRows {
  const y = ref(0)
  useEventListener(scroller, 'scroll', () => (y.value = scroller.value?.scrollTop ?? 0), {
    passive: true,
  })
  const size = useElementSize(scroller, undefined, { box: 'border-box' })
  const viewport = computed(() => Math.max(0, (size.height.value || ASSUMED_HEIGHT) - head))
  const full = computed(() => count() * rowHeight)
  const height = computed(() => Math.min(full.value, MAX_HEIGHT / (window.devicePixelRatio || 1)))

  /** Pixels of full height for one pixel of scrolling. */
  const scale = computed(() => {
    const room = height.value - viewport.value
    return room <= 0 ? 1 : (full.value - viewport.value) / room
  })
  const position = computed(() => y.value * scale.value)
  const pool = computed(() => Math.ceil(viewport.value / rowHeight) + 1 + 2 * OVERSCAN)
  const start = computed(() => {
    const first = Math.floor(position.value / rowHeight) - OVERSCAN
    return Math.max(0, Math.min(first, count() - pool.value))
  })
  const end = computed(() => Math.min(count(), start.value + pool.value))
  const top = computed(() => start.value * rowHeight - position.value + y.value)
  const pageRows = computed(() => Math.max(1, Math.floor(viewport.value / rowHeight) - 1))

  function reveal(index: number): void {
    const element = scroller.value
    if (!element) return
    const from = index * rowHeight
    const to = from + rowHeight - viewport.value
    if (position.value > from) element.scrollTop = from / scale.value
    else if (position.value < to) element.scrollTop = to / scale.value
  }

  return { start, end, pool, height, top, pageRows, reveal }
}
