/** What the tests of the transfer routes share: an engine, its answers, images to move. */
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { TransferLine, TransferRequest, TransferResult } from '@shared/lamina-api'
import { sharedDaemon } from '../../support/daemon'
import { startRegistry, type RegistryOptions, type TestRegistry } from '../../support/registry'
import { busyboxRootfs } from '../../support/rootfs'
import { tempDir } from '../../support/temp'
import { startLocalEngine, type Answer, type LocalEngine } from '../support'

export async function engineOf(): Promise<LocalEngine> {
  const engine = await startLocalEngine()
  onTestFinished(() => engine.stop())
  return engine
}

export async function registryOf(options: RegistryOptions = {}): Promise<TestRegistry> {
  const registry = await startRegistry(options)
  onTestFinished(() => registry.stop())
  return registry
}

export async function folder(): Promise<string> {
  const dir = await tempDir()
  onTestFinished(() => dir.remove())
  return dir.path
}

/** A place in a registry that speaks http. */
export function at(registry: { address: string }, name: string) {
  const reference = `${registry.address}/${name}`
  return { kind: 'registry' as const, reference, protocol: 'http' as const, ca: null }
}

/** The lines of a copy; rejects with what the last one says against it. */
export async function copyLines(
  engine: LocalEngine,
  request: TransferRequest,
  headers: Record<string, string> = {},
): Promise<{ lines: TransferLine[]; result: TransferResult }> {
  const answer = await engine.call('POST', '/lamina/v1/transfers/copy', request, headers)
  const lines = answer.text
    .split('\r\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as TransferLine)
  const last = lines.at(-1)
  if (last && 'result' in last) return { lines, result: last.result }
  throw Object.assign(new Error(answer.text.slice(-2000)), last && 'error' in last && last.error)
}

export function preview(
  engine: LocalEngine,
  request: TransferRequest,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return engine.call('POST', '/lamina/v1/transfers/plan', request, headers)
}

/** The last status of each layer, in the order of their first. */
export function statuses(lines: readonly TransferLine[]): string[] {
  const last = new Map<string, string>()
  for (const line of lines) if ('item' in line) last.set(line.item.id, line.item.status)
  return [...last.values()]
}

/** An image of three layers in the shared daemon; its id. */
export async function layeredImage(name: string): Promise<string> {
  const daemon = sharedDaemon()
  await daemon.dockerOk(['import', await busyboxRootfs(), name])
  for (const step of ['one', 'two']) {
    const container = `${name.replace(/\W/g, '-')}-${step}`
    const script = `dd if=/dev/urandom of=/${step} bs=1M count=4; rm -f /bin/vi`
    await daemon.dockerOk(['run', '--name', container, name, '/bin/sh', '-c', script])
    await daemon.dockerOk(['commit', container, name])
    await daemon.dockerOk(['rm', container])
  }
  onTestFinished(() => void daemon.docker(['rmi', '-f', name]))
  return daemon.dockerOk(['image', 'inspect', '-f', '{{.Id}}', name])
}

/** The shared daemon behind a socket that notes what is asked of it. */
export async function watchedDaemon(): Promise<{ socketPath: string; requests: string[] }> {
  const { socketPath: upstream } = sharedDaemon()
  const requests: string[] = []
  const socketPath = join(await folder(), 'd.sock')
  const server = createServer((client) => {
    const daemon = connect(upstream)
    client.on('data', (chunk: Buffer) => {
      const line = /^(?:GET|POST) \S+/.exec(chunk.toString('latin1', 0, 500))
      if (line) requests.push(line[0])
    })
    for (const socket of [client, daemon]) socket.on('error', () => socket.destroy())
    client.pipe(daemon).pipe(client)
  })
  await new Promise<void>((resolve) => server.listen(socketPath, resolve))
  onTestFinished(() => void server.close())
  return { socketPath, requests }
}

/** `X-Registry-Auth` as the docker CLI sends it. */
export function auth(username: string, password: string): Record<string, string> {
  const text = JSON.stringify({ username, password })
  return { 'X-Registry-Auth': Buffer.from(text).toString('base64url') }
}
