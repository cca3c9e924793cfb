/** The progress of transfers as Docker's JSON lines (moby pkg/jsonmessage, distribution/pull_v2.go). */
import { familiarReference, type Reference } from '@shared/reference'
import type { TransferItem } from '../transfer/progress'
import type { ApiResponse } from './http/response'

/** Where lines go. */
type Lines = Pick<ApiResponse, 'line' | 'hint'>

/** One layer's state. Counts in between may be left out when the client does not keep up. */
export function progressLine(response: Lines, item: TransferItem): void {
  const { id, status, state, done, total } = item
  const counts = state === 'working' && total !== null
  const progressDetail = counts ? { current: done, total } : {}
  const line = { status, progressDetail, id }
  if (counts && done < total) response.hint(line)
  else void response.line(line)
}

/** What `docker pull` says of one tag, in dockerd's order. */
export class PullLines {
  private announced = false
  /** Layers of which nothing was said yet: those that are here already say only that. */
  private readonly waiting = new Set<string>()

  constructor(
    private readonly response: Lines,
    private readonly reference: Reference,
  ) {}

  item(item: TransferItem): void {
    this.announce()
    const { id, state } = item
    if (state === 'waiting') {
      this.waiting.add(id)
      return
    }
    if (this.waiting.delete(id) && state !== 'exists') this.say(id, 'Pulling fs layer')
    if (state === 'done') {
      this.say(id, 'Verifying Checksum')
      this.say(id, 'Download complete')
    }
    progressLine(this.response, item)
  }

  async end(digest: string | null): Promise<void> {
    this.announce()
    if (digest !== null) await this.response.line({ status: `Digest: ${digest}` })
  }

  private announce(): void {
    if (this.announced) return
    this.announced = true
    const { tag, digest, path } = this.reference
    const id = digest === null ? (tag ?? '') : familiarReference(this.reference)
    void this.response.line({ status: `Pulling from ${path}`, id })
  }

  private say(id: string, status: string): void {
    void this.response.line({ status, progressDetail: {}, id })
  }
}
