/**
 * Work that several may wait for: it is done once, everyone sees its progress, and it is given up
 * when the last one has left.
 */
import { LaminaError } from '@shared/errors'

export type ProgressListener = (done: number, total: number | null) => void

interface Flight<T> {
  result: Promise<T>
  listeners: Set<ProgressListener>
  stop: AbortController
}

export class Flights<T> {
  private readonly running = new Map<string, Flight<T>>()

  /**
   * Joins the work of this key, or begins it. `cancelled` as soon as `signal` fires, whatever the
   * others do; errors of the work go to all who wait.
   */
  async join(
    key: string,
    work: (signal: AbortSignal, progress: ProgressListener) => Promise<T>,
    { signal, onProgress }: { signal?: AbortSignal | undefined; onProgress?: ProgressListener },
  ): Promise<T> {
    if (signal?.aborted) throw new LaminaError('cancelled')
    const flight = this.running.get(key) ?? this.begin(key, work)
    const listener: ProgressListener = (done, total) => onProgress?.(done, total)
    flight.listeners.add(listener)
    let leave = () => {}
    const left = new Promise<never>((_, reject) => {
      leave = () => reject(new LaminaError('cancelled'))
    })
    signal?.addEventListener('abort', leave, { once: true })
    try {
      return await Promise.race([flight.result, left])
    } finally {
      signal?.removeEventListener('abort', leave)
      flight.listeners.delete(listener)
      if (flight.listeners.size === 0) {
        flight.stop.abort()
        if (this.running.get(key) === flight) this.running.delete(key)
      }
    }
  }

  private begin(
    key: string,
    work: (signal: AbortSignal, progress: ProgressListener) => Promise<T>,
  ): Flight<T> {
    const stop = new AbortController()
    const listeners = new Set<ProgressListener>()
    const result = work(stop.signal, (done, total) => {
      for (const listener of listeners) listener(done, total)
    })
    // Everyone may have left when it fails: they were told `cancelled`.
    result.catch(() => undefined)
    const flight = { result, listeners, stop }
    this.running.set(key, flight)
    return flight
  }
}
