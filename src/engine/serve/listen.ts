/** Where the engine listens: a unix socket that only this user reaches, a named pipe, or loopback. */
import { chmod, mkdir, rm, stat } from 'node:fs/promises'
import { once } from 'node:events'
import type { Server } from 'node:http'
import { connect } from 'node:net'
import { dirname, isAbsolute } from 'node:path'
import { LaminaError } from '@shared/errors'

/** Node listens at a silently truncated path beyond the kernel's limit (104 on macOS). */
const LONGEST_PATH = 100
const LOOPBACK = ['127.0.0.1', '[::1]', 'localhost']

export type Address =
  | { kind: 'unix'; path: string }
  | { kind: 'pipe'; path: string }
  | { kind: 'tcp'; host: string; port: number }

/** @throws LaminaError invalid_input */
export function parseHost(host: string, platform: NodeJS.Platform = process.platform): Address {
  if (host.startsWith('unix://')) {
    const path = host.slice('unix://'.length)
    if (!isAbsolute(path)) throw refuse(`${host} is no absolute path`)
    if (Buffer.byteLength(path) > LONGEST_PATH) {
      throw refuse(
        `the path of a unix socket may have ${LONGEST_PATH} bytes, and ${path} has ${Buffer.byteLength(path)}`,
      )
    }
    return { kind: 'unix', path }
  }
  if (host.startsWith('npipe://')) {
    if (platform !== 'win32') throw refuse('named pipes are for Windows')
    const path = host.slice('npipe://'.length).replace(/\//g, '\\')
    if (!path.startsWith('\\\\.\\pipe\\')) throw refuse(`${host} is no named pipe`)
    return { kind: 'pipe', path }
  }
  const tcp = /^tcp:\/\/(.+):(\d{1,5})$/.exec(host)
  const [, name = '', port = ''] = tcp ?? []
  if (!tcp || Number(port) > 65_535)
    throw refuse(`${host} is no unix://, npipe:// or tcp:// address`)
  if (!LOOPBACK.includes(name)) {
    throw refuse(`${name} can be reached by others: without passwords, only loopback will do`)
  }
  return { kind: 'tcp', host: name.replace(/^\[|\]$/g, ''), port: Number(port) }
}

/** Starts to listen. Answers with a function that ends it and takes the socket away. */
export async function listen(server: Server, host: string): Promise<() => Promise<void>> {
  const address = parseHost(host)
  if (address.kind === 'unix') await makeRoom(address.path)
  if (address.kind === 'tcp') server.listen(address.port, address.host)
  else server.listen(address.path)
  await once(server, 'listening')
  if (address.kind === 'unix') await chmod(address.path, 0o600)
  return async () => {
    const closed = once(server, 'close')
    server.close()
    await closed
    if (address.kind === 'unix') await rm(address.path, { force: true })
  }
}

/** The socket's folder, for this user alone when we make it; a socket that nobody answers goes. */
async function makeRoom(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const there = await stat(path).catch(() => null)
  if (!there) return
  if (!there.isSocket()) throw refuse(`${path} is there and is no socket`)
  if (await answers(path)) throw refuse(`another process listens at ${path}`)
  await rm(path)
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

function refuse(reason: string): LaminaError {
  return new LaminaError('invalid_input', { field: '--host', reason })
}
