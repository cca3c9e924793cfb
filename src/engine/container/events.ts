/** What happened in the engine, for `docker events` and for whoever shows lists. */

export interface EngineEvent {
  type: 'container' | 'image' | 'volume' | 'network'
  action: string
  /** Id or name of what it happened to. */
  id: string
  attributes: Record<string, string>
  /** Nanoseconds since 1970. */
  time: bigint
}

export type Emit = (
  type: EngineEvent['type'],
  action: string,
  id: string,
  attributes?: Record<string, string>,
) => void

/** As many as dockerd remembers for `--since`. */
const REMEMBERED = 256

export class EventBus {
  private readonly past: EngineEvent[] = []
  private readonly listeners = new Set<(event: EngineEvent) => void>()
  private last = 0n

  readonly emit: Emit = (type, action, id, attributes = {}) => {
    const time = this.now()
    const event = { type, action, id, attributes, time }
    this.past.push(event)
    if (this.past.length > REMEMBERED) this.past.shift()
    for (const listener of this.listeners) listener(event)
  }

  /** The last events, oldest first. */
  remembered(): readonly EngineEvent[] {
    return this.past
  }

  /** @returns a function that ends the subscription */
  subscribe(listener: (event: EngineEvent) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** Never twice the same, so that the order of events can be read from their times. */
  private now(): bigint {
    const time = BigInt(Date.now()) * 1_000_000n
    this.last = time > this.last ? time : this.last + 1n
    return this.last
  }
}
