/** What a task says, line by line: kept for late viewers, sent in pieces. */
import type { LogLine, TaskLog } from '@shared/models'

/** Lines kept of one task; what is older is forgotten. */
const KEEP = 20_000
/** Characters of a line; longer ones are cut. */
const LONGEST = 10_000

export class LogBook {
  private from = 0
  private lines: LogLine[] = []
  private sent = 0

  add(line: LogLine): void {
    const text = line.text.length > LONGEST ? `${line.text.slice(0, LONGEST)}…` : line.text
    this.lines.push({ ...line, text })
    // Seldom and many at once: cutting the head off a list is dear.
    if (this.lines.length > KEEP * 1.5) {
      const cut = this.lines.length - KEEP
      this.lines = this.lines.slice(cut)
      this.from += cut
    }
  }

  /** All that is kept. */
  all(): TaskLog {
    return { from: this.from, lines: [...this.lines] }
  }

  /** What has come since the last call; null when nothing has. */
  news(): TaskLog | null {
    const from = Math.max(this.sent, this.from)
    const lines = this.lines.slice(from - this.from)
    if (lines.length === 0) return null
    this.sent = from + lines.length
    return { from, lines }
  }
}
