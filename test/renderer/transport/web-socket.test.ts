import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fetch as nodeFetch } from 'undici'
import { WebSocketServer, type WebSocket as ServerSocket } from 'ws'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { webSocketTransport } from '@/transport/web-socket'

let server: WebSocketServer | null = null

function listen(port = 0): Promise<number> {
  return new Promise((resolve) => {
    server = new WebSocketServer({ host: '127.0.0.1', port }, () => {
      const address = server?.address()
      resolve(typeof address === 'object' && address ? address.port : 0)
    })
  })
}
afterEach(() => {
  for (const client of server?.clients ?? []) client.terminate()
  server?.close()
})

describe('webSocketTransport', () => {
  it('carries messages both ways and connects again when the server returns', async () => {
    const port = await listen()
    const sockets: ServerSocket[] = []
    const heard: string[] = []
    const onSocket = (socket: ServerSocket) => {
      sockets.push(socket)
      socket.on('message', (data: Buffer) => heard.push(data.toString('utf8')))
    }
    server?.on('connection', onSocket)
    const transport = webSocketTransport(`ws://127.0.0.1:${port}/ws`)
    const states: boolean[] = []
    transport.onConnected((connected) => states.push(connected))
    const messages = vi.fn()
    transport.onMessage(messages)

    await transport.ready()
    transport.send({ type: 'cancel', id: 3 })
    await vi.waitFor(() => expect(heard).toEqual(['{"type":"cancel","id":3}']))
    sockets[0]?.send(JSON.stringify({ type: 'result', id: 3, ok: true, value: 1 }))
    await vi.waitFor(() => expect(messages).toHaveBeenCalledOnce())

    sockets[0]?.terminate()
    await vi.waitFor(() => expect(states).toEqual([true, false, true]), { timeout: 5000 })
    expect(sockets).toHaveLength(2)
  })

  it('says when the server is there but does not know the page', async () => {
    const http = createServer((_request, response) => response.writeHead(401).end())
    http.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 403 Forbidden\r\n\r\n'))
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
    const { port } = http.address() as AddressInfo
    const refused = vi.fn()
    vi.stubGlobal('fetch', nodeFetch)
    webSocketTransport(`ws://127.0.0.1:${port}/ws`).onRefused(refused)
    await vi.waitFor(() => expect(refused).toHaveBeenCalled(), { timeout: 5000 })
    vi.unstubAllGlobals()
    http.close()
  })
})
