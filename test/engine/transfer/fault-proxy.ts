/**
 * A proxy before a registry that does whatever goes wrong on the way: cuts either direction, delays,
 * ends bodies too early, answers 500, 502, 429 or nonsense in place of the registry, or loses the
 * registry's own answer. Which of them comes is drawn from a seeded generator.
 */
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

export interface FaultProxy {
  /** host:port */
  address: string
  /** Probability that a request meets a fault. */
  rate: number
  /** Faults that happened, by kind. */
  counts: Record<string, number>
  /** Bytes of blobs (PATCH bodies) that came from clients. */
  uploaded: number
  /** Where the next PATCH is cut, bytes of its body; null: nowhere. */
  cutNext: number | null
  /** Called once `uploaded` has reached so many bytes, and forgotten. */
  reach: { bytes: number; call: () => void } | null
  /** `Content-Range` (or '') of each PATCH. */
  patches: string[]
  stop(): Promise<void>
}

export const FAULTS = [
  'cut before',
  'cut body',
  'cut answer',
  'end early',
  'delay',
  'status 500',
  'status 502',
  'status 429',
  'lose answer',
  'garbage',
  'web page',
] as const
export type FaultKind = (typeof FAULTS)[number]

export async function startFaultProxy(port: number, draw: () => number): Promise<FaultProxy> {
  const sockets = new Set<Socket>()
  const server = createServer({ keepAlive: true }, (asked, answer) => {
    const fault = draw() < state.rate ? FAULTS[Math.floor(draw() * FAULTS.length)] : undefined
    if (fault) state.counts[fault] = (state.counts[fault] ?? 0) + 1
    if (asked.method === 'PATCH') state.patches.push(asked.headers['content-range'] ?? '')
    void meet(state, asked, answer, port, fault, draw)
  })
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const state: FaultProxy = {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    rate: 0,
    counts: {},
    uploaded: 0,
    cutNext: null,
    reach: null,
    patches: [],
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
  return state
}

async function meet(
  state: FaultProxy,
  asked: IncomingMessage,
  answer: ServerResponse,
  port: number,
  fault: FaultKind | undefined,
  draw: () => number,
): Promise<void> {
  const { socket } = asked
  switch (fault) {
    case 'cut before':
      socket.destroy()
      return
    case 'delay':
      await new Promise((resolve) => setTimeout(resolve, draw() * 50))
      break
    case 'status 500':
    case 'status 502':
    case 'status 429':
      asked.resume()
      answer.writeHead(Number(fault.slice(-3)), draw() < 0.5 ? { 'retry-after': '0' } : {})
      answer.end('<html>something is wrong</html>')
      return
    case 'garbage':
      asked.resume()
      socket.end('\x00\x01 this is not HTTP at all\r\n\r\n')
      return
    case 'web page':
      asked.resume()
      answer.writeHead(200, { 'content-type': 'text/html' }).end('<html>Welcome</html>')
      return
    default:
  }
  const cut = state.cutNext !== null && asked.method === 'PATCH' ? state.cutNext : null
  if (cut !== null) state.cutNext = null
  const limit = cut ?? (fault === 'cut body' ? Math.floor(draw() * 300_000) : Infinity)
  pass(state, asked, answer, port, { fault, limit, share: draw() })
}

/** Hands a request on, and its answer back, as far as the fault lets it. */
function pass(
  state: FaultProxy,
  asked: IncomingMessage,
  answer: ServerResponse,
  port: number,
  { fault, limit, share }: { fault: FaultKind | undefined; limit: number; share: number },
): void {
  const { method, url: path, headers, socket } = asked
  const onward = request({ host: '127.0.0.1', port, method, path, headers, agent: false })
  onward.on('error', () => socket.destroy())
  answer.on('close', () => void (answer.writableFinished || onward.destroy()))
  onward.on('response', (got) => {
    if (fault === 'lose answer') {
      got.resume()
      socket.destroy()
      return
    }
    const length = Number(got.headers['content-length'] ?? 0)
    const last = fault === 'cut answer' || fault === 'end early' ? share * length : Infinity
    const shown = { ...got.headers }
    if (fault === 'end early' && method !== 'HEAD') delete shown['content-length']
    answer.writeHead(got.statusCode ?? 502, shown)
    let sent = 0
    got.on('error', () => socket.destroy())
    got.on('data', (chunk: Buffer) => {
      const rest = Math.max(0, Math.floor(last) - sent)
      sent += chunk.length
      if (sent <= last) {
        if (!answer.write(chunk)) {
          got.pause()
          answer.once('drain', () => got.resume())
        }
        return
      }
      if (rest > 0) answer.write(chunk.subarray(0, rest))
      got.destroy()
      if (fault === 'cut answer') socket.destroy()
      else answer.end()
    })
    got.on('end', () => answer.end())
  })
  let taken = 0
  asked.on('data', (chunk: Buffer) => {
    taken += chunk.length
    if (method === 'PATCH') state.uploaded += chunk.length
    if (state.reach && state.uploaded >= state.reach.bytes) {
      const { call } = state.reach
      state.reach = null
      call()
    }
    if (taken > limit) {
      onward.destroy()
      socket.destroy()
    } else if (!onward.write(chunk)) {
      asked.pause()
      onward.once('drain', () => asked.resume())
    }
  })
  asked.on('end', () => onward.end())
  asked.on('error', () => onward.destroy())
}

/** Numbers from 0 to 1, always the same for a seed (mulberry32). */
export function drawing(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
