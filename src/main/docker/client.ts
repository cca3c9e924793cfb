/**
 * One connection to an engine through dockerode: every request can be aborted, has a time limit
 * where it is a short one, and fails with a `LaminaError`.
 *
 * dockerode's named methods are not used: several of them cannot be aborted (image inspect and
 * history), send the query a second time as a JSON body, and lose the body of an error. Its modem,
 * which knows sockets, pipes, TLS and ssh, is.
 */
import { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import Docker from 'dockerode'
import type { z } from 'zod'
import { LaminaError } from '@shared/errors'
import { apiErrorSchema, type DaemonAddress } from '@shared/lamina-api'
import { connectionError, statusError, type ErrorContext } from './errors'

export type Query = Record<string, string | number | boolean | string[] | undefined>

/** What X-Registry-Auth holds (API reference, section Authentication). */
export interface RegistryAuth {
  username?: string
  password?: string
  identitytoken?: string
  serveraddress?: string
}

export interface DockerRequest {
  method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE'
  /** Without a version: the engine answers in its own. */
  path: string
  query?: Query
  /** Sent as JSON. */
  body?: object
  /** Sent as it is, chunked. */
  file?: Readable
  auth?: RegistryAuth
  /** What X-Registry-Config holds: logins by host. */
  registries?: Record<string, RegistryAuth>
  signal?: AbortSignal
  /** Milliseconds until a short request is given up; streams have none. */
  timeout?: number
  /** For the sentences of errors. */
  about?: Omit<ErrorContext, 'address'>
}

const SHORT = 30_000
/** Every status is taken as an answer: its body is read here. */
const ANY_STATUS = Object.fromEntries(
  Array.from({ length: 400 }, (_, index) => [index + 200, true as const]),
)

export class DockerClient {
  private readonly docker: Docker

  constructor(
    readonly address: string,
    readonly daemon: DaemonAddress,
  ) {
    // Undefined ones are named, for dockerode would fill them from DOCKER_HOST and its friends.
    this.docker = new Docker({
      socketPath: daemon.socketPath,
      host: daemon.host,
      port: daemon.port,
      protocol: daemon.protocol ?? 'http',
      username: daemon.username,
      ca: daemon.ca,
      cert: daemon.cert,
      key: daemon.key,
      ...(daemon.protocol === 'ssh' ? { sshOptions: { agent: process.env.SSH_AUTH_SOCK } } : {}),
    })
  }

  /** A short request whose answer is JSON, checked by `schema`. */
  async json<S extends z.ZodType>(request: DockerRequest, schema: S): Promise<z.output<S>> {
    const text = await this.text(request)
    try {
      return schema.parse(JSON.parse(text))
    } catch (cause) {
      const where = `${request.method ?? 'GET'} ${request.path}`
      const message = `unexpected answer to ${where}`
      throw new LaminaError('engine_refused', { message }, { cause })
    }
  }

  /** A short request; the answer's body as text. */
  async text(request: DockerRequest): Promise<string> {
    const limit = new AbortController()
    const give = () => limit.abort()
    const timer = setTimeout(give, request.timeout ?? SHORT)
    request.signal?.addEventListener('abort', give, { once: true })
    try {
      if (request.signal?.aborted) give()
      const response = await this.stream({ ...request, signal: limit.signal })
      return await readAll(response)
    } catch (thrown) {
      if (!limit.signal.aborted) throw this.explain(thrown, request)
      if (request.signal?.aborted) throw new LaminaError('cancelled')
      const cause = `no answer to ${request.path} in time`
      throw new LaminaError('engine_unreachable', { address: this.address }, { cause })
    } finally {
      clearTimeout(timer)
      request.signal?.removeEventListener('abort', give)
    }
  }

  /** A request whose answer is read as it comes; a status of 400 or more is thrown. */
  async stream(request: DockerRequest): Promise<IncomingMessage> {
    let response: IncomingMessage
    try {
      response = await this.dial(request)
    } catch (thrown) {
      throw this.explain(thrown, request)
    }
    const status = response.statusCode ?? 0
    if (status < 400) return response
    const text = await readAll(response).catch(() => '')
    const body = parseError(text)
    if (body?.error) {
      throw new LaminaError(body.error.code, body.error.params, { cause: body.error.cause ?? text })
    }
    throw statusError(status, body?.message ?? text.trim(), this.context(request))
  }

  /** Turns what a request or the reading of its answer threw into a code. */
  explain(thrown: unknown, request: Pick<DockerRequest, 'about' | 'signal'>): LaminaError {
    if (request.signal?.aborted) return new LaminaError('cancelled')
    return connectionError(thrown, this.context(request))
  }

  context(request: Pick<DockerRequest, 'about'>): ErrorContext {
    return { ...request.about, address: this.address }
  }

  private dial(request: DockerRequest): Promise<IncomingMessage> {
    const query = queryText(request.query ?? {})
    return new Promise((resolve, reject) => {
      this.docker.modem.dial(
        {
          // The modem appends its options to a path with a `?`, or else cuts its last character.
          path: query === '' ? request.path : `${request.path}?${query}&`,
          method: request.method ?? 'GET',
          isStream: true,
          statusCodes: ANY_STATUS,
          ...bodyOf(request),
          ...(request.file ? { file: request.file } : {}),
          ...(request.auth ? { authconfig: { ...request.auth } } : {}),
          ...(request.registries ? { registryconfig: request.registries } : {}),
          ...(request.signal ? { abortSignal: request.signal } : {}),
        },
        (error, response) => {
          if (error) reject(error)
          else if (response instanceof IncomingMessage) resolve(response)
          else reject(new Error('dockerode gave no response'))
        },
      )
    })
  }
}

/** The modem sends the body of a POST only; that of a PUT goes as a file does. */
function bodyOf({ body, method }: DockerRequest): object {
  if (!body) return {}
  if (method === 'POST') return { options: { _query: {}, _body: body }, allowEmpty: true }
  return {
    file: Readable.from([Buffer.from(JSON.stringify(body))]),
    headers: { 'Content-Type': 'application/json' },
  }
}

function queryText(query: Query): string {
  const text = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue
    for (const one of Array.isArray(value) ? value : [value]) text.append(name, String(one))
  }
  return text.toString()
}

async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

function parseError(text: string) {
  try {
    return apiErrorSchema.parse(JSON.parse(text))
  } catch {
    return null
  }
}
