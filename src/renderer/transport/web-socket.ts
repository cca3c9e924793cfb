import type { ServerMessage } from '@shared/contract'
import { WEB_SOCKET_PATH } from '@shared/preload-api'
import type { Transport } from './transport'

const FIRST_RETRY_MS = 300
const LAST_RETRY_MS = 5_000

/**
 * The browser mode's WebSocket: one JSON text frame a message. It connects again by itself, waiting
 * twice as long after each failure (300 ms to 5 s).
 */
export function webSocketTransport(url = defaultUrl()): Transport {
  const messageListeners: ((message: ServerMessage) => void)[] = []
  const stateListeners: ((connected: boolean) => void)[] = []
  const refusedListeners: (() => void)[] = []
  let socket: WebSocket
  let opened: Promise<void>
  let retryAfter = FIRST_RETRY_MS

  function connect(): void {
    socket = new WebSocket(url)
    opened = new Promise((resolve, reject) => {
      socket.addEventListener('open', () => {
        retryAfter = FIRST_RETRY_MS
        resolve()
        for (const listener of stateListeners) listener(true)
      })
      socket.addEventListener('close', () => {
        reject(new Error(`No connection to ${url}`))
        for (const listener of stateListeners) listener(false)
        void isRefused(url).then((refused) => {
          if (refused) for (const listener of refusedListeners) listener()
        })
        setTimeout(connect, retryAfter)
        retryAfter = Math.min(retryAfter * 2, LAST_RETRY_MS)
      })
    })
    // Whoever waits for it hears of the failure; nobody has to.
    opened.catch(() => undefined)
    socket.addEventListener('message', ({ data }: MessageEvent<string>) => {
      const message = JSON.parse(data) as ServerMessage
      for (const listener of messageListeners) listener(message)
    })
  }

  connect()
  return {
    ready: () => opened,
    send: (message) => socket.send(JSON.stringify(message)),
    onMessage: (listener) => void messageListeners.push(listener),
    onConnected: (listener) => void stateListeners.push(listener),
    onRefused: (listener) => void refusedListeners.push(listener),
  }
}

/** A WebSocket does not tell why it was not opened; a plain request to the same address does. */
async function isRefused(url: string): Promise<boolean> {
  const answer = await fetch(url.replace(/^ws/, 'http'), { cache: 'no-store' }).catch(() => null)
  return answer?.status === 401
}

function defaultUrl(): string {
  const { protocol, host } = window.location
  return `${protocol === 'https:' ? 'wss' : 'ws'}://${host}${WEB_SOCKET_PATH}`
}
