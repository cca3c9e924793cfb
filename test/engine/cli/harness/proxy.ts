import { createServer, request, type IncomingMessage, type Server } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { tempDir } from '../../../support/temp'

/** A route of the engine as a test sees it: `GET /containers/{id}/json`. */
export interface RouteName {
  method: string
  pattern: string
}

export interface Proxy {
  /** `unix://…` for the CLI. */
  host: string
  /** Answers this route with dockerd's 404 from now on; null: none. */
  remove(route: RouteName | null): void
  /** Routes that were asked for since the last call. */
  takeTouched(): Set<string>
  stop(): Promise<void>
}

/** How a route is named in `takeTouched`. */
export function routeKey({ method, pattern }: RouteName): string {
  return `${method} ${pattern}`
}

/**
 * Stands between the CLI and an engine's socket: notes which of `routes` each request is for, and
 * can take one of them away.
 */
export async function startProxy(target: string, routes: readonly RouteName[]): Promise<Proxy> {
  const dir = await tempDir('lamp')
  const socketPath = join(dir.path, 'p.sock')
  const compiled = routes.map((route) => ({ route, expression: compile(route.pattern) }))
  let removed: string | null = null
  let touched = new Set<string>()

  const find = (req: IncomingMessage): string | null => {
    const path = decodeURIComponent((req.url ?? '/').replace(/\?.*$/s, ''))
    const plain = path.replace(/^\/v\d[\d.]*(?=\/)/, '')
    const found = compiled.find(
      ({ route, expression }) => route.method === req.method && expression.test(plain),
    )
    return found ? routeKey(found.route) : null
  }
  const isRemoved = (req: IncomingMessage): boolean => {
    const key = find(req)
    if (key) touched.add(key)
    return key !== null && key === removed
  }
  const server = createServer((req, res) => {
    if (isRemoved(req)) {
      req.resume()
      res.writeHead(404, { 'content-type': 'application/json' })
      res.end('{"message":"page not found"}\n')
      return
    }
    const { method, url, headers } = req
    const onward = request({ socketPath: target, method, path: url, headers }, (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.headers)
      res.flushHeaders()
      answer.pipe(res)
    })
    onward.on('error', () => res.destroy())
    res.on('close', () => onward.destroy())
    req.pipe(onward)
  })
  passUpgrades(server, target, isRemoved)
  await new Promise<void>((resolve) => server.listen(socketPath, resolve))
  return {
    host: `unix://${socketPath}`,
    remove: (route) => void (removed = route ? routeKey(route) : null),
    takeTouched() {
      const taken = touched
      touched = new Set()
      return taken
    },
    async stop() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
      await dir.remove()
    },
  }
}

/** Attach and exec turn the connection into a stream of their own: passed on byte by byte. */
function passUpgrades(
  server: Server,
  target: string,
  isRemoved: (req: IncomingMessage) => boolean,
): void {
  server.on('upgrade', (req, socket, head) => {
    if (isRemoved(req)) {
      const body = '{"message":"page not found"}\n'
      socket.end(
        `HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      )
      return
    }
    const onward = connect(target, () => {
      const lines = [`${req.method} ${req.url} HTTP/1.1`]
      for (let i = 0; i < req.rawHeaders.length; i += 2) {
        lines.push(`${req.rawHeaders[i]}: ${req.rawHeaders[i + 1]}`)
      }
      onward.write(`${lines.join('\r\n')}\r\n\r\n`)
      onward.write(head)
      socket.pipe(onward).pipe(socket)
    })
    onward.on('error', () => socket.destroy())
    socket.on('error', () => onward.destroy())
  })
}

/** The engine's own patterns: `{name}` is a part that may hold slashes. */
function compile(pattern: string): RegExp {
  const source = pattern.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{\w+\}/g, '.+')
  return new RegExp(`^${source}$`)
}
