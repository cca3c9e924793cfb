/**
 * From a request to its route: the `/vX.Y` prefix, the pattern, the headers that every answer of
 * dockerd carries, and one place where what a route throws becomes an answer.
 *
 * A pattern is a path with `{name}` for a part that may hold slashes (image names do).
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { ApiError, toAnswer } from './errors'
import { ApiRequest } from './request'
import { ApiResponse } from './response'

export type Handler = (request: ApiRequest, response: ApiResponse) => Promise<void> | void

export interface Route {
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE'
  pattern: string
  handler: Handler
}

interface Compiled extends Route {
  expression: RegExp
}

export interface RouterOptions {
  /** Version that the engine tells clients to use: minor numbers of API 1.x. */
  api: { current: number; oldest: number; newest: number }
  /** Headers of every answer. */
  headers: Record<string, string>
  /** Told about what is not the client's fault. */
  onFailure?: (error: unknown, request: { method: string; path: string }) => void
}

/** Turns routes into what `http.createServer` takes. Routes are tried in order. */
export function createRouter(routes: Route[], options: RouterOptions): RequestListener {
  const compiled = routes.map((route): Compiled => ({
    ...route,
    expression: compile(route.pattern),
  }))

  return (req, res) => {
    void answer(req, res)
  }

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const response = new ApiResponse(res)
    const gone = new AbortController()
    // Writing to a client that has gone is an error event, which nobody hearing it would end us.
    res.on('error', () => gone.abort())
    res.on('close', () => {
      if (!res.writableFinished) gone.abort()
    })
    const method = req.method ?? 'GET'
    let path = '/'
    try {
      const url = parseUrl(req)
      path = url.path
      for (const [name, value] of Object.entries(options.headers)) res.setHeader(name, value)
      const version = readVersion(url.version)
      const found = find(method, path)
      if (!found) throw new ApiError(404, 'page not found')
      const request = new ApiRequest(req, found.params, url.query, version, gone.signal)
      await found.route.handler(request, response)
    } catch (thrown) {
      if (gone.signal.aborted || res.destroyed) return
      const problem = toAnswer(thrown)
      if (problem.status >= 500) options.onFailure?.(thrown, { method, path })
      if (!response.started) response.error(problem)
      // Half an answer went out: cutting the connection is the only way left to say that it failed.
      else res.destroy()
    } finally {
      // Unread body bytes would otherwise hold the connection.
      if (!req.complete && res.writableFinished) req.resume()
    }
  }

  function find(method: string, path: string) {
    for (const route of compiled) {
      if (route.method !== method) continue
      const match = route.expression.exec(path)
      if (match) return { route, params: match.groups ?? {} }
    }
    return null
  }

  function readVersion(text: string | null): number {
    const { current, oldest, newest } = options.api
    if (text === null) return current
    const minor = /^1\.(\d{1,3})$/.exec(text)?.[1]
    if (minor === undefined || Number(minor) > newest) {
      throw new ApiError(
        400,
        `client version ${text} is too new. Maximum supported API version is 1.${newest}`,
      )
    }
    if (Number(minor) < oldest) {
      throw new ApiError(
        400,
        `client version ${text} is too old. Minimum supported API version is 1.${oldest}, please upgrade your client to a newer version`,
      )
    }
    return Number(minor)
  }
}

function parseUrl(req: IncomingMessage) {
  const target = req.url ?? '/'
  const at = target.indexOf('?')
  const query = new URLSearchParams(at < 0 ? '' : target.slice(at + 1))
  let path: string
  try {
    path = decodeURIComponent(at < 0 ? target : target.slice(0, at))
  } catch {
    throw new ApiError(400, 'invalid URL escape')
  }
  const versioned = /^\/v(\d[\d.]*)(\/.*)$/.exec(path)
  return { path: versioned?.[2] ?? path, version: versioned?.[1] ?? null, query }
}

function compile(pattern: string): RegExp {
  const source = pattern
    .replace(/[.*+?^$()|[\]\\]/g, '\\$&')
    .replace(/\{(\w+)\}/g, (_, name: string) => `(?<${name}>.+)`)
  return new RegExp(`^${source}$`)
}
