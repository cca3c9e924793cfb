/**
 * HTTP to one registry and to the hosts that it sends us to: proxies, trust, timeouts, redirects.
 * Bodies stream both ways; nothing is decompressed, so digests stay true.
 */
import type { Readable } from 'node:stream'
import type { SecureContext } from 'node:tls'
import type { Dispatcher } from 'undici'
import { LaminaError } from '@shared/errors'
import type { Endpoint } from './endpoint'
import { transportFailure } from './failures'
import { proxyFor } from './proxy'
import { secureContextFor } from './trust'

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface TransportOptions {
  /** Authorities to trust beside the machine's, PEM. */
  ca?: readonly string[]
  /** Where the proxies are named; the process's environment by default. */
  env?: Record<string, string | undefined>
  /** ms for connecting, TLS included. */
  connectTimeout?: number
  /** ms from the request's end to the answer's headers. */
  headersTimeout?: number
  /** ms without a byte of the answer, or without one that is taken of the request. */
  bodyTimeout?: number
}

export interface HttpRequest {
  method: Method
  headers?: Record<string, string>
  /** Made anew for each try and each redirect. */
  body?: () => Readable | Buffer | string
  signal?: AbortSignal | undefined
}

export interface HttpResponse {
  status: number
  /** Names in lower case; repeated fields joined by a comma. */
  headers: Record<string, string>
  /** Where the answer came from, after redirects. */
  url: URL
  body: Dispatcher.ResponseData['body']
}

const MAX_REDIRECTS = 8
const BODY_TIMEOUT = 120_000

export class Transport {
  private readonly dispatchers = new Map<string, Promise<Dispatcher>>()
  /** Origins that have answered: their protocol is the right one. */
  private readonly answered = new Set<string>()

  constructor(
    readonly endpoint: Endpoint,
    private readonly options: TransportOptions = {},
  ) {}

  /** ms that a connection may take nothing of a request's body. */
  get stallTimeout(): number {
    return this.options.bodyTimeout ?? BODY_TIMEOUT
  }

  /**
   * One exchange, redirects followed. `Authorization` goes to the host that it was meant for and to
   * no other; another host (a storage service behind signed URLs) gets none.
   */
  async request(target: URL, request: HttpRequest): Promise<HttpResponse> {
    let url = target
    let headers = request.headers ?? {}
    for (let hop = 0; ; hop++) {
      const response = await this.exchange(url, { ...request, headers })
      const location = response.headers['location']
      if (!isRedirect(response.status, request) || !location) return response
      await discard(response)
      if (hop === MAX_REDIRECTS) {
        throw this.failed(`more than ${MAX_REDIRECTS} redirects`)
      }
      const next = parseUrl(location, url)
      if (!next) throw this.failed(`a redirect to "${location}"`)
      if (next.origin !== url.origin) headers = without(headers, 'authorization')
      url = next
    }
  }

  /** Closes the connections; exchanges that still run end in an error. */
  async close(): Promise<void> {
    const open = [...this.dispatchers.values()]
    this.dispatchers.clear()
    await Promise.all(open.map(async (dispatcher) => (await dispatcher).destroy()))
  }

  private async exchange(url: URL, request: HttpRequest): Promise<HttpResponse> {
    const { method, headers, body, signal } = request
    try {
      const dispatcher = await this.dispatcherFor(url)
      const sent = dispatcher.request({
        origin: url.origin,
        path: url.pathname + url.search,
        method,
        headers: headers ?? null,
        body: body?.() ?? null,
        signal: signal ?? null,
        // undici would close the connection after each HEAD, as some servers send a body with it.
        ...(method === 'HEAD' && { reset: false }),
      })
      const answer = await orAborted(sent, signal)
      this.answered.add(url.origin)
      return {
        status: answer.statusCode,
        headers: flatten(answer.headers),
        url,
        body: answer.body,
      }
    } catch (cause) {
      if (signal?.aborted) throw new LaminaError('cancelled', {}, { cause })
      throw await transportFailure(cause, this.addressOf(url), url, {
        answered: this.answered.has(url.origin),
      })
    }
  }

  /** How messages name the host: the registry by its own name, others (a token server) by theirs. */
  private addressOf(url: URL): string {
    return url.origin === new URL(this.endpoint.origin).origin ? this.endpoint.address : url.host
  }

  private failed(message: string): LaminaError {
    return new LaminaError('registry_failed', { address: this.endpoint.address, message })
  }

  private dispatcherFor(url: URL): Promise<Dispatcher> {
    const proxy = proxyFor(url, this.options.env ?? process.env)
    const key = `${url.protocol} ${proxy ?? ''}`
    let dispatcher = this.dispatchers.get(key)
    if (!dispatcher) {
      dispatcher = this.createDispatcher(proxy, url.protocol === 'https:')
      this.dispatchers.set(key, dispatcher)
    }
    return dispatcher
  }

  private async createDispatcher(proxy: string | null, secure: boolean): Promise<Dispatcher> {
    // Loaded when the first registry is met: it takes 17 MB.
    const { Agent, ProxyAgent } = await import('undici')
    const {
      connectTimeout = 15_000,
      headersTimeout = 120_000,
      bodyTimeout = BODY_TIMEOUT,
    } = this.options
    const connect = { timeout: connectTimeout, ...(secure ? this.tls() : {}) }
    const timeouts = { headersTimeout, bodyTimeout, keepAliveTimeout: 10_000 }
    return proxy === null
      ? new Agent({ ...timeouts, connect })
      : new ProxyAgent({ ...timeouts, uri: proxy, requestTls: connect, proxyTls: connect })
  }

  private tls(): { secureContext: SecureContext; rejectUnauthorized: boolean } {
    const { address, verify } = this.endpoint
    return {
      secureContext: secureContextFor(address, this.options.ca),
      rejectUnauthorized: verify,
    }
  }
}

/** Reads an answer to its end, so that its connection can serve again. */
export async function discard(response: HttpResponse): Promise<void> {
  try {
    await response.body.dump({ limit: 64 * 1024 })
  } catch {
    // the connection is gone; the answer's status is known and its body was not wanted
  }
}

/** An answer's body, at most `limit` bytes of it; more is an error. */
export async function readBody(
  response: HttpResponse,
  limit: number,
  endpoint: Endpoint,
): Promise<Buffer> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of response.body as AsyncIterable<Buffer>) {
    length += part.length
    if (length > limit) {
      response.body.destroy()
      throw new LaminaError('registry_failed', {
        address: endpoint.address,
        message: `an answer of more than ${limit} bytes`,
      })
    }
    parts.push(part)
  }
  return Buffer.concat(parts)
}

/** A URL, or null where the text is none. */
export function parseUrl(text: string, base?: URL): URL | null {
  try {
    return new URL(text, base)
  } catch {
    return null
  }
}

/** undici heeds a signal once it is connected; who cancels does not wait for that. */
async function orAborted(
  sent: Promise<Dispatcher.ResponseData>,
  signal: AbortSignal | undefined,
): Promise<Dispatcher.ResponseData> {
  if (!signal) return sent
  let onAbort = () => {}
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason)
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
  })
  try {
    return await Promise.race([sent, aborted])
  } catch (error) {
    sent.then(
      ({ body }) => body.destroy(),
      () => undefined, // the error of this exchange is the one that is thrown
    )
    throw error
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

/** 307 and 308 keep the method; the older ones are followed only where that changes nothing. */
function isRedirect(status: number, { method }: HttpRequest): boolean {
  if (status === 307 || status === 308) return true
  return [301, 302, 303].includes(status) && (method === 'GET' || method === 'HEAD')
}

function flatten(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  const flat: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return flat
}

function without(headers: Record<string, string>, name: string): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([key]) => key.toLowerCase() !== name))
}
