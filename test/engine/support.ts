/** The engine in this process, on a unix socket of its own, and plain requests to it. */
import { createServer, request, type IncomingHttpHeaders } from 'node:http'
import { join } from 'node:path'
import { createEngine, type Engine } from '../../src/engine/engine'
import { makeEntry } from '../../src/engine/layer/make-entry'
import { packTar } from '../../src/engine/layer/tar-writer'
import type { LayerSource } from '../../src/engine/layer/types'
import { listen } from '../../src/engine/serve/listen'
import { tempDir } from '../support/temp'

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
  text: string
  /** The body as JSON. */
  json: unknown
}

export interface LocalEngine {
  root: string
  socketPath: string
  engine: Engine
  call(
    method: string,
    path: string,
    body?: Buffer | string | object,
    headers?: Record<string, string>,
  ): Promise<Answer>
  /** A new engine on the same root. */
  restart(): Promise<void>
  stop(): Promise<void>
}

export async function startLocalEngine(): Promise<LocalEngine> {
  const dir = await tempDir('api')
  const root = join(dir.path, 'root')
  const socketPath = join(dir.path, 'e.sock')
  const launch = async () => {
    const engine = await createEngine({ root, version: '9.9.9' })
    const server = createServer(engine.handler)
    const close = await listen(server, `unix://${socketPath}`)
    return {
      engine,
      end: async () => {
        server.closeAllConnections()
        await close()
        await engine.close()
      },
    }
  }
  let running = await launch()
  return {
    root,
    socketPath,
    get engine() {
      return running.engine
    },
    call: (method, path, body, headers) => call(socketPath, method, path, body, headers),
    restart: async () => {
      await running.end()
      running = await launch()
    },
    stop: async () => {
      await running.end()
      await dir.remove()
    },
  }
}

function call(
  socketPath: string,
  method: string,
  path: string,
  body?: Buffer | string | object,
  more: Record<string, string> = {},
): Promise<Answer> {
  const isJson = typeof body === 'object' && !Buffer.isBuffer(body)
  const bytes = body === undefined ? null : isJson ? JSON.stringify(body) : body
  const headers = { ...(isJson && { 'Content-Type': 'application/json' }), ...more }
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, method, path, headers, agent: false }, (answer) => {
      const parts: Buffer[] = []
      answer.on('data', (part: Buffer) => parts.push(part))
      answer.on('error', reject)
      answer.on('end', () => {
        const whole = Buffer.concat(parts)
        const text = whole.toString('utf8')
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          body: whole,
          text,
          get json(): unknown {
            return JSON.parse(text)
          },
        })
      })
    })
    sent.on('error', reject)
    sent.end(bytes)
  })
}

/** A tar of files (text by path; a path that ends in "/" is a directory, null a removed file). */
export async function tarOf(files: Record<string, string | null>): Promise<Buffer> {
  const sources = Object.entries(files).map(([path, text]): LayerSource => {
    if (text === null) {
      const entry = makeEntry({ path, type: 'file', mode: 0, whiteout: 'file' })
      return { entry, content: null }
    }
    const mtime = 1_700_000_000
    if (path.endsWith('/')) {
      const bare = path.slice(0, -1)
      const entry = makeEntry({ path: bare, type: 'directory', mode: 0o755, mtime })
      return { entry, content: null }
    }
    const content = Buffer.from(text)
    const size = content.length
    const entry = makeEntry({ path, type: 'file', mode: 0o644, mtime, size, stored: size })
    return { entry, content }
  })
  const parts: Buffer[] = []
  for await (const part of packTar(sources)) parts.push(part)
  return Buffer.concat(parts)
}
