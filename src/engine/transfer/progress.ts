/** The one progress model of every transfer. `docker-api` turns it into Docker's JSON lines. */
import type { TaskItemState } from '@shared/models'
import type { Digest } from '../oci/digest'

/** Docker's words for what happens to a layer (moby distribution/xfer, push_v2.go, pull_v2.go). */
export type TransferStatus =
  | 'Preparing'
  | 'Waiting'
  | 'Compressing'
  | 'Pushing'
  | 'Pushed'
  | 'Layer already exists'
  | `Mounted from ${string}`
  | 'Pulling fs layer'
  | 'Downloading'
  | 'Pull complete'
  | 'Already exists'
  | 'Saving'
  | 'Saved'

export interface TransferItem {
  /** The first 12 digits of the layer's digest (pull) or diffID (push), as Docker shows them. */
  id: string
  state: TaskItemState
  status: TransferStatus
  /** Bytes. */
  done: number
  total: number | null
}

export interface TransferOptions {
  signal?: AbortSignal | undefined
  /** Called with the new state of one layer, at most some ten times a second while bytes flow. */
  onProgress?: ((item: TransferItem) => void) | undefined
}

/** Least time between two reports of the same layer's bytes, ms. */
const INTERVAL = 100

/** Says how one layer gets on. */
export class ItemProgress {
  private item: TransferItem
  private lastReport = 0

  constructor(
    digest: Digest,
    status: TransferStatus,
    private readonly report: TransferOptions['onProgress'],
  ) {
    this.item = { id: shortDigest(digest), state: 'waiting', status, done: 0, total: null }
    this.report?.(this.item)
  }

  /** A new step, which begins at no bytes. */
  step(status: TransferStatus, total: number | null): void {
    this.set({ state: 'working', status, done: 0, total })
  }

  /** Bytes of the step so far. */
  bytes(done: number): void {
    const now = Date.now()
    this.item = { ...this.item, done }
    if (now - this.lastReport < INTERVAL) return
    this.lastReport = now
    this.report?.(this.item)
  }

  /** Bytes of a step that begins with the first of them. */
  bytesOf(status: TransferStatus, done: number, total: number | null): void {
    if (this.item.status !== status) this.step(status, total)
    this.bytes(done)
  }

  end(state: 'done' | 'exists', status: TransferStatus): void {
    this.set({ state, status, done: this.item.total ?? this.item.done })
  }

  private set(change: Partial<TransferItem>): void {
    this.item = { ...this.item, ...change }
    this.report?.(this.item)
  }
}

function shortDigest(digest: Digest): string {
  return digest.slice(digest.indexOf(':') + 1, digest.indexOf(':') + 13)
}
