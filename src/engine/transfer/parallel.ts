import { setMaxListeners } from 'node:events'

/** Requests of all the workers that may listen to one signal; Node warns of a leak at ten. */
const LISTENERS = 200

/** Transfers of one image that run at the same time (Docker's own default for both ways is 3 to 5). */
export const PARALLEL_LAYERS = 3

/**
 * Calls `work` for each item, at most `width` at a time. The first failure aborts the signal that
 * the others were given; it is thrown once all have ended, so that nothing goes on behind its back.
 */
export async function forEachParallel<T>(
  items: readonly T[],
  work: (item: T, signal: AbortSignal) => Promise<void>,
  { width = PARALLEL_LAYERS, signal }: { width?: number; signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const stop = new AbortController()
  setMaxListeners(LISTENERS, stop.signal)
  const onAbort = () => stop.abort(signal?.reason)
  if (signal?.aborted) onAbort()
  signal?.addEventListener('abort', onAbort, { once: true })
  const failures: unknown[] = []
  const queue = items[Symbol.iterator]()
  const worker = async () => {
    for (const item of queue) {
      if (stop.signal.aborted) return
      try {
        await work(item, stop.signal)
      } catch (error) {
        failures.push(error)
        stop.abort(error)
      }
    }
  }
  try {
    await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker))
  } finally {
    signal?.removeEventListener('abort', onAbort)
  }
  if (failures.length > 0) throw failures[0]
}

/** Lets at most `width` pieces of work through at a time. */
export class Gate {
  private readonly waiting: (() => void)[] = []
  private free: number

  constructor(width = PARALLEL_LAYERS) {
    this.free = width
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free--
    else await new Promise<void>((resolve) => this.waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = this.waiting.shift()
      if (next) next()
      else this.free++
    }
  }
}
