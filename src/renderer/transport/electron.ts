import type { ClientMessage } from '@shared/contract'
import type { LaminaBridge } from '@shared/preload-api'
import type { Transport } from './transport'

/** Electron's IPC: it is there as long as the window is, so it never disconnects. */
export function electronTransport(bridge: LaminaBridge): Transport {
  return {
    ready: () => Promise.resolve(),
    // Inputs may hold Vue's reactive proxies, which the bridge between the worlds cannot clone.
    send: (message) => bridge.send(JSON.parse(JSON.stringify(message)) as ClientMessage),
    onMessage: (listener) => void bridge.onMessage(listener),
    onConnected: () => undefined,
    onRefused: () => undefined,
  }
}
