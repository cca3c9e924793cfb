import type { ClientMessage, ServerMessage } from '@shared/contract'

/** How messages of the contract reach main and come back. */
export interface Transport {
  /** Resolves when a message can be sent; rejects when there is no way to main. */
  ready(): Promise<void>
  send(message: ClientMessage): void
  onMessage(listener: (message: ServerMessage) => void): void
  /** Told `false` when the way to main breaks (every open call is lost) and `true` on its return. */
  onConnected(listener: (connected: boolean) => void): void
  /** Told that main is there again but does not know this page: it was started anew. */
  onRefused(listener: () => void): void
}
