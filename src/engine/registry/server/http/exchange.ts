/** One request and its answer, as the handlers of routes see them. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Fault } from '../faults'
import type { Check, RegistryStore } from '../registry-store'

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
export function isUnchanged({ headers }: IncomingMessage, digest: string): boolean {
  const none = headers['if-none-match']
  return none !== undefined && namesEntity(none.replace(/\bW\//g, ''), digest)
}

/**
 * What `If-Match` and `If-None-Match` of a change say to what is there now (RFC 9110, 13.2.2);
 * undefined: they are not given.
 */
export function preconditionOf(req: IncomingMessage): Check | undefined {
  const match = req.headers['if-match']
  if (match === undefined && req.headers['if-none-match'] === undefined) return undefined
  return (current) => {
    const isMet =
      current === null
        ? match === undefined
        : (match === undefined || namesEntity(match, current)) && !isUnchanged(req, current)
    if (isMet) return
    throw new Fault('DENIED', {
      status: 412,
      headers: current === null ? [] : ['Etag', `"${current}"`],
      detail: { current, reason: 'it is not what the precondition of the request says' },
    })
  }
}

function namesEntity(list: string, digest: string): boolean {
  return list.trim() === '*' || list.split(',').some((tag) => tag.trim() === `"${digest}"`)
}
