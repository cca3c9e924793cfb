/**
 * Speed and time left of a transfer, from the counts of bytes that a task reports.
 */

/** Milliseconds over which the speed is averaged: long enough to be read, short enough to be true. */
const WINDOW = 5_000

interface Sample {
  at: number
  bytes: number
}

export class TransferRate {
  private samples: Sample[] = []

  /** Notes that `bytes` in all had gone over at time `at` (ms). A smaller count starts anew. */
  note(bytes: number, at: number): void {
    const last = this.samples.at(-1)
    if (last && bytes < last.bytes) this.samples = []
    this.samples.push({ at, bytes })
    while (this.samples.length > 2 && (this.samples[1] as Sample).at < at - WINDOW) {
      this.samples.shift()
    }
  }

  /** Bytes per second over the last seconds, or null before there are two samples in time. */
  perSecond(): number | null {
    const first = this.samples[0]
    const last = this.samples.at(-1)
    if (!first || !last || last.at <= first.at) return null
    return ((last.bytes - first.bytes) * 1000) / (last.at - first.at)
  }

  /** Seconds until `total` bytes are over at this speed, or null when nothing moves. */
  secondsLeft(total: number): number | null {
    const speed = this.perSecond()
    const last = this.samples.at(-1)
    if (!speed || !last) return null
    return Math.max(0, (total - last.bytes) / speed)
  }
}
