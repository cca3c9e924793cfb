/** The registry as a server: opened, listening, and ended in good order. */
import { createServer as createHttpServer, type Server, STATUS_CODES } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { once } from 'node:events'
import { LaminaError } from '@shared/errors'
import { errno } from '../../blob/disk'
import { Users } from './auth/users'
import { Fault } from './faults'
import { createHandler } from './http/handler'
import { isLoopback, type ListenAddress } from './listen-address'
import { RegistryStore } from './registry-store'
import { Schedule } from './schedule'

export interface RegistryServerOptions {
  /** Folder of everything that the registry keeps. */
  root: string
  address: ListenAddress
  /** Password file; null lets everybody in. */
  htpasswd: string | null
  /** PEM texts; null is plain http. */
  tls: { certificate: string; key: string } | null
  readOnly: boolean
  /** Others may reach it without a password: said on purpose. */
  allowAnonymous?: boolean
  /** Lines for whoever runs it. */
  log?: (line: string) => void
}

export interface RegistryServer {
  /** `http://127.0.0.1:5000` */
  url: string
  port: number
  store: RegistryStore
  /** Lets requests end within `patience` ms, then cuts them off; lets go of the root. */
  close(patience?: number): Promise<void>
}

/** A connection on which nothing happens for so long is closed, ms. */
const IDLE = 5 * 60 * 1000
const PATIENCE = 10_000

/**
 * @throws LaminaError invalid_input, file_missing, port_in_use, permission_denied, root_locked, and
 *   those of the disk
 */
export async function startRegistryServer(options: RegistryServerOptions): Promise<RegistryServer> {
  const { address, log = () => undefined } = options
  if (!isLoopback(address.host) && options.htpasswd === null && !options.allowAnonymous) {
    throw new LaminaError('invalid_input', {
      field: '--addr',
      reason: `others can reach ${address.host || 'every address of this machine'}: give --htpasswd FILE, or --allow-anonymous to let everybody in`,
    })
  }
  const users = options.htpasswd === null ? null : Users.open(options.htpasswd, report)
  const store = await RegistryStore.open(options.root, log)
  try {
    const handler = createHandler({ store, users, readOnly: options.readOnly, onFailure: report })
    const server = createServer(options.tls, handler)
    await listen(server, address)
    const schedule = options.readOnly ? null : new Schedule(() => store.collect(), report)
    const { port } = server.address() as AddressInfo
    const host = address.host === '' ? 'localhost' : address.host
    const name = host.includes(':') ? `[${host}]` : host
    return {
      url: `${options.tls ? 'https' : 'http'}://${name}:${port}`,
      port,
      store,
      close: async (patience = PATIENCE) => {
        await Promise.all([schedule?.close(), end(server, patience)])
        await store.close()
      },
    }
  } catch (error) {
    await store.close()
    throw error
  }

  function report(error: unknown, request?: { method: string; path: string }): void {
    const where = request ? `${request.method} ${request.path}: ` : ''
    log(
      where +
        (error instanceof Error ? `${error.message} ${error.cause ?? ''}`.trim() : String(error)),
    )
  }
}

function createServer(
  tls: RegistryServerOptions['tls'],
  handler: ReturnType<typeof createHandler>,
): Server {
  let server: Server
  try {
    server = tls
      ? createHttpsServer({ cert: tls.certificate, key: tls.key }, handler)
      : createHttpServer(handler)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new LaminaError('invalid_input', { field: '--tls-cert', reason }, { cause })
  }
  // An upload may take as long as it likes, as long as something comes.
  server.requestTimeout = 0
  server.headersTimeout = 60_000
  server.keepAliveTimeout = 60_000
  server.setTimeout(IDLE)
  server.on('clientError', refuse)
  return server
}

/** What is no HTTP, or too much of it, gets an error of the spec's form, too. */
function refuse(error: Error, socket: Socket): void {
  if (errno(error) === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const status =
    { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 }[errno(error) ?? ''] ?? 400
  const body = new Fault('UNSUPPORTED', { detail: error.message }).body().toString()
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
}

async function listen(server: Server, { host, port }: ListenAddress): Promise<void> {
  server.listen({ port, ...(host !== '' && { host }) })
  try {
    await once(server, 'listening')
  } catch (cause) {
    const code = errno(cause)
    const path = `${host}:${port}`
    if (code === 'EADDRINUSE')
      throw new LaminaError('port_in_use', { port: String(port), option: '--addr' }, { cause })
    if (code === 'EACCES') throw new LaminaError('permission_denied', { path }, { cause })
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new LaminaError('invalid_input', { field: '--addr', reason }, { cause })
  }
}

async function end(server: Server, patience: number): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeIdleConnections()
  // A connection whose request has ended is kept by its client, and waited for in vain.
  const tidy = setInterval(() => server.closeIdleConnections(), 100)
  const hard = setTimeout(() => server.closeAllConnections(), patience)
  await closed
  clearInterval(tidy)
  clearTimeout(hard)
}
