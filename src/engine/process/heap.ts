/** Keeps V8's heap small without collecting it all the time. */
import { PerformanceObserver } from 'node:perf_hooks'
import { getHeapStatistics, setFlagsFromString } from 'node:v8'

/**
 * Bytes by which the heap may grow between two collections, at least. The buffers of bodies that pass
 * through are counted with it: with a quarter of a small heap (3 MB) V8 marked all of it for every 7 MB
 * that came, which took half of the processor's time of a large load.
 */
const ROOM = 20 * 1024 * 1024
/** Percent by which a large heap may grow. V8 lets it become four times as large. */
const LEAST = 25

/**
 * From now on the heap grows by `ROOM` or a quarter, whichever is more, before it is collected. The
 * flags that must be set before the first module is loaded are in electron.vite.config.ts.
 */
export function keepHeapSmall(): void {
  let percent = 0
  const adjust = () => {
    const { used_heap_size: used } = getHeapStatistics()
    const wanted = Math.max(LEAST, Math.round((ROOM / used) * 100))
    if (wanted === percent) return
    percent = wanted
    setFlagsFromString(`--heap-growing-percent=${percent}`)
  }
  adjust()
  new PerformanceObserver(adjust).observe({ entryTypes: ['gc'] })
}
