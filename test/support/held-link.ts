import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A way to a server that can be held: what comes after so many bytes is kept and not handed on. */
export interface HeldLink {
  port: number
  /** host:port, as it stands in a reference. */
  address: string
  /** Bytes that were handed on towards the server so far. */
  sent(): number
  /** Whether something is being kept. */
  holds(): boolean
  /** Holds back everything after this many more bytes. */
  holdAfter(bytes: number): void
  /** New connections pass; what was kept is lost with its connection. */
  release(): void
  stop(): Promise<void>
}

/** Starts a link to a port of loopback. */
export async function startHeldLink(target: number): Promise<HeldLink> {
  let sent = 0
  let limit = Infinity
  let holding = false
  const open = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1')
    const held = { now: false }
    for (const socket of [client, upstream]) {
      open.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        open.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    upstream.pipe(client)
    client.on('data', (chunk: Buffer) => {
      if (held.now || sent + chunk.length > limit) {
        held.now = holding = true
        return
      }
      sent += chunk.length
      if (!upstream.write(chunk)) {
        client.pause()
        upstream.once('drain', () => client.resume())
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    port,
    address: `127.0.0.1:${port}`,
    sent: () => sent,
    holds: () => holding,
    holdAfter: (bytes) => {
      limit = sent + bytes
      holding = false
    },
    release: () => {
      limit = Infinity
      holding = false
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of open) socket.destroy()
      }),
  }
}
