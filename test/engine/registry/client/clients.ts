/** What the tests of the client share: clients, blobs, small images, servers of one's own. */
import { randomBytes } from 'node:crypto'
import type { Server } from 'node:http'
import { connect, createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import type { LaminaError } from '@shared/errors'
import { digestOf } from '../../../../src/engine/oci/digest'
import { OCI_MANIFEST } from '../../../../src/engine/oci/media-types'
import { RegistryClient } from '../../../../src/engine/registry/client/client'
import { credentialsOf } from '../../../../src/engine/registry/client/credentials'
import { endpointOf } from '../../../../src/engine/registry/client/endpoint'
import type { SessionOptions } from '../../../../src/engine/registry/client/session'
import { startRegistry, type RegistryOptions, type TestRegistry } from '../../../support/registry'

export const users = { mei: 'secret' }
export const mei = credentialsOf({ username: 'mei', password: 'secret' })
export const wrong = credentialsOf({ username: 'mei', password: 'wrong' })

export async function registryOf(options: RegistryOptions = {}): Promise<TestRegistry> {
  const registry = await startRegistry(options)
  onTestFinished(() => registry.stop())
  return registry
}

export function clientOf(
  address: string,
  protocol: 'http' | 'https' = 'http',
  options: SessionOptions = {},
): RegistryClient {
  const client = new RegistryClient(endpointOf(address, protocol), options)
  onTestFinished(() => client.close())
  return client
}

export const blobOf = (bytes: Buffer) => ({
  digest: digestOf(bytes),
  size: bytes.length,
  open: async ({ start }: { start: number }) => chunksOf(bytes.subarray(start)),
})

async function* chunksOf(bytes: Buffer) {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536)
}

export async function readAll(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const chunk of chunks) parts.push(chunk)
  return Buffer.concat(parts)
}

/** The code of the error that a promise ends in. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'no error',
    (error: LaminaError) => error.code ?? String(error),
  )
}

/** Uploads one blob and a manifest of it, as an image of one layer. */
export async function pushSmall(
  client: RegistryClient,
  repository: string,
  tag: string,
): Promise<string> {
  const config = Buffer.from('{}')
  const layer = randomBytes(200_000)
  for (const bytes of [config, layer]) await client.uploadBlob(repository, blobOf(bytes))
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: digestOf(config),
      size: config.length,
    },
    layers: [
      {
        mediaType: 'application/vnd.oci.image.layer.v1.tar',
        digest: digestOf(layer),
        size: layer.length,
      },
    ],
  }
  const bytes = Buffer.from(JSON.stringify(manifest))
  return client.putManifest(repository, tag, { mediaType: OCI_MANIFEST, bytes })
}

/** Where it listens, until the test has ended. */
export async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

export interface CuttingProxy {
  address: string
  cutAfter: { toServer?: number; toClient?: number; times: number }
  cuts: number
}

/** A TCP proxy that breaks a connection once so many bytes have passed. */
export async function cuttingProxy(port: number): Promise<CuttingProxy> {
  const sockets = new Set<Socket>()
  const state: CuttingProxy = { address: '', cutAfter: { times: 0 }, cuts: 0 }
  const server = createTcpServer((client) => {
    const upstream = connect(port, '127.0.0.1')
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
    }
    const pass = (from: Socket, to: Socket, way: 'toServer' | 'toClient') => {
      let passed = 0
      from.on('data', (chunk: Buffer) => {
        passed += chunk.length
        const { cutAfter } = state
        if (cutAfter.times > 0 && passed > (cutAfter[way] ?? Infinity)) {
          cutAfter.times--
          state.cuts++
          client.destroy()
          upstream.destroy()
        } else if (!to.write(chunk)) {
          from.pause()
          to.once('drain', () => from.resume())
        }
      })
      from.on('close', () => to.destroy())
    }
    pass(client, upstream, 'toServer')
    pass(upstream, client, 'toClient')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  state.address = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return state
}
