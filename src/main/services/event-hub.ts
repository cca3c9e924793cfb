/** Where services say what changed, and bindings listen. */
import type { EventName, Events } from '@shared/contract'

export type EventListener = <N extends EventName>(name: N, payload: Events[N]) => void

export class EventHub {
  private readonly listeners = new Set<EventListener>()

  emit<N extends EventName>(name: N, payload: Events[N]): void {
    for (const listener of this.listeners) listener(name, payload)
  }

  /** The returned function stops it. */
  listen(listener: EventListener): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }
}
