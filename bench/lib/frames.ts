/** The frames of a page while something is done. */
import type { Page } from 'playwright-core'

/**
 * Counts frames until it is asked; the answer is the longest, and the longest that the page itself
 * kept busy (0: none over 50), in milliseconds.
 */
const WATCH = `(() => {
  let last = performance.now(), longest = 0, task = 0, on = true
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) task = Math.max(task, duration)
  })
  observer.observe({ type: 'longtask' })
  const next = (now) => {
    longest = Math.max(longest, now - last)
    last = now
    if (on) requestAnimationFrame(next)
  }
  requestAnimationFrame((now) => { last = now; requestAnimationFrame(next) })
  window.laminaFrames = () => {
    on = false
    observer.disconnect()
    return { longest, task }
  }
})()`

export interface Frames {
  longest: number
  task: number
}

/** The longest frames while `work` goes on. */
export async function frames(page: Page, work: () => Promise<void>): Promise<Frames> {
  await page.evaluate(WATCH)
  await work()
  return (await page.evaluate('window.laminaFrames()')) as Frames
}
