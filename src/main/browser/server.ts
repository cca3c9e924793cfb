/** The browser mode's server: the interface, the contract over a WebSocket, uploads and downloads. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { WebSocketServer, type WebSocket } from 'ws'
import { LaminaError } from '@shared/errors'
import { DOWNLOAD_PATH, UPLOAD_PATH, WEB_SOCKET_PATH } from '@shared/preload-api'
import type { App } from '../app'
import { contentPolicy, readUiFile, securityHeaders } from '../services/ui-files'
import { Session } from './session'
import { download, upload } from './transfers'

export interface BrowserServer {
  port: number
  /** The address to open, with a token that works once. */
  address(): string
  close(): Promise<void>
}

/** Longest message of a page: a commit's text, a list of names. */
const MAX_MESSAGE = 4 * 1024 * 1024

export interface ServerOptions {
  /** 0: a free one. */
  port: number
  uiRoot: string
  /**
   * Somebody without the cookie came after the token was used up (a browser that was restarted):
   * here is another address, for the terminal only.
   */
  onLockedOut(address: string): void
}

/** Listens on 127.0.0.1 only. */
export async function startServer(
  app: Pick<App, 'bridge' | 'files'>,
  options: ServerOptions,
): Promise<BrowserServer> {
  const http = createServer()
  await new Promise<void>((resolve, reject) => {
    http.once('error', (thrown) => {
      const taken = 'code' in thrown && thrown.code === 'EADDRINUSE'
      const params = { port: String(options.port), option: '--port' }
      reject(taken ? new LaminaError('port_in_use', params, { cause: thrown }) : thrown)
    })
    http.listen(options.port, '127.0.0.1', resolve)
  })
  const { port } = http.address() as AddressInfo
  const session = new Session(port)
  const policy = contentPolicy(`ws://127.0.0.1:${port} ws://localhost:${port}`)
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE })

  http.on('request', (request, response) => {
    for (const [name, value] of Object.entries(securityHeaders(policy))) {
      response.setHeader(name, value)
    }
    answer(app, session, options, request, response).catch(() => {
      if (response.headersSent) response.destroy()
      else refuse(response, 500)
    })
  })
  http.on('upgrade', (request, socket, head) => {
    const path = (request.url ?? '').split('?')[0]
    const allowed = session.isOurOrigin(request.headers) && session.hasCookie(request.headers)
    if (path !== WEB_SOCKET_PATH || !allowed) {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
      return
    }
    sockets.handleUpgrade(request, socket as Socket, head, (opened) => bind(app, opened))
  })

  return {
    port,
    address: () => session.address(),
    close: async () => {
      for (const socket of sockets.clients) socket.terminate()
      http.closeAllConnections()
      await new Promise<void>((resolve) => http.close(() => resolve()))
    },
  }
}

async function answer(
  app: Pick<App, 'files'>,
  session: Session,
  options: ServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { headers, method = 'GET' } = request
  if (!session.isOurHost(headers)) return refuse(response, 403)
  // `//name/…` would be read as another host.
  if (!/^\/(?!\/)/.test(request.url ?? '')) return refuse(response, 404)
  const url = new URL(request.url ?? '/', `http://${headers.host}`)
  const token = url.searchParams.get('token')
  if (method === 'GET' && url.pathname === '/' && token !== null && session.redeem(token)) {
    response.writeHead(303, { 'Set-Cookie': session.cookie(), Location: '/' }).end()
    return
  }
  if (!session.hasCookie(headers)) {
    if (url.pathname === '/' && session.isUsed()) options.onLockedOut(session.address())
    return refuse(response, 401)
  }
  // The token is used up, or was never one: it has no place in the history.
  if (token !== null) {
    response.writeHead(303, { Location: '/' }).end()
    return
  }
  if (url.pathname === UPLOAD_PATH) {
    if (method !== 'POST') return refuse(response, 405)
    if (!session.isOurOrigin(headers)) return refuse(response, 403)
    return upload(app.files, url.searchParams.get('name') ?? 'file', request, response)
  }
  if (method !== 'GET' && method !== 'HEAD') return refuse(response, 405)
  if (url.pathname.startsWith(`${DOWNLOAD_PATH}/`)) {
    return download(app.files, url.pathname.slice(DOWNLOAD_PATH.length + 1), response)
  }
  const file = await readUiFile(options.uiRoot, url.pathname)
  if (file === null) return refuse(response, 404)
  response.writeHead(200, {
    'Content-Type': file.type,
    'Content-Length': file.body.length,
    // Built files carry a hash in their name; the page itself names them.
    'Cache-Control': url.pathname.startsWith('/assets/') ? 'private, max-age=31536000' : 'no-store',
  })
  response.end(method === 'HEAD' ? undefined : file.body)
}

/** One page: its messages go to the bridge until it is closed. */
function bind(app: Pick<App, 'bridge'>, socket: WebSocket): void {
  const connection = app.bridge.connect((message) => {
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message))
  })
  socket.on('message', (data, isBinary) => {
    if (isBinary) return socket.close(1003)
    try {
      connection.receive(JSON.parse(String(data)))
    } catch {
      socket.close(1007)
    }
  })
  socket.on('error', () => socket.terminate())
  socket.on('close', () => connection.close())
}

const REASONS: Record<number, string> = {
  401: 'Open the address that Lamina printed last in its terminal. 请打开 Lamina 在终端中最后打印的地址。',
  403: 'Not from here.',
  404: 'Not found.',
  405: 'Not this way.',
  500: 'Something went wrong inside Lamina.',
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', Connection: 'close' })
  response.end(`${REASONS[status] ?? ''}\n`)
}
