import type { LaminaBridge } from '@shared/preload-api'
import type { Transport } from './transport'

/** Electron's IPC: it is there as long as the window is, so it never disconnects. */
export function electronTransport(bridge: LaminaBridge): Transport {
  return {
    ready: () => Promise.resolve(),
    send: (message) => bridge.send(message),
    onMessage: (listener) => void bridge.onMessage(listener),
    onConnected: () => undefined,
  }
}
