import { electronTransport } from './electron'
import { webSocketTransport } from './web-socket'
import type { Transport } from './transport'

export type { Transport } from './transport'

/** The preload's bridge in Electron, else the WebSocket of the browser mode. */
export function chooseTransport(): Transport {
  return window.lamina ? electronTransport(window.lamina) : webSocketTransport()
}
