/** One request and its answer, as the handlers of routes see them. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RegistryStore } from '../registry-store'

export interface Exchange {
  req: IncomingMessage
  res: ServerResponse
  /** The raw query, without the question mark. */
  query: string
  store: RegistryStore
}

/** Answers with a status, headers (names and values in turn) and a body, which HEAD leaves out. */
export function answer(
  { req, res }: Pick<Exchange, 'req' | 'res'>,
  status: number,
  headers: readonly string[],
  body?: Buffer,
): void {
  const all = [...headers]
  if (status !== 204 && status !== 304) all.push('Content-Length', String(body?.length ?? 0))
  // Statuses as docker-registry's clients look for it, on every answer.
  all.push('Docker-Distribution-Api-Version', 'registry/2.0')
  res.writeHead(status, all)
  res.end(req.method === 'HEAD' ? undefined : body)
}

export function answerJson(
  exchange: Pick<Exchange, 'req' | 'res'>,
  value: unknown,
  headers: readonly string[] = [],
  mediaType = 'application/json',
): void {
  const body = Buffer.from(JSON.stringify(value))
  answer(exchange, 200, ['Content-Type', mediaType, ...headers], body)
}

/** Whether the client has what it asks for (RFC 9110, 13.1.2). */
export function isUnchanged(req: IncomingMessage, digest: string): boolean {
  const condition = req.headers['if-none-match']
  if (condition === undefined) return false
  if (condition.trim() === '*') return true
  return condition.split(',').some(
    (tag) =>
      tag
        .trim()
        .replace(/^W\//, '')
        .replace(/^"(.*)"$/, '$1') === digest,
  )
}
