/**
 * kill -9 of the whole engine's process in the middle of a copy: after a new start it goes on where the
 * registry stands, and ends complete. What is sent is counted at a proxy.
 */
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import type { TransferRequest } from '@shared/lamina-api'
import { sharedDaemon } from '../../support/daemon'
import type { Dockerd } from '../../support/dockerd'
import { startEngine, type TestEngine } from '../../support/engine'
import { startRegistry } from '../../support/registry'
import { RemoteRepository } from '../../support/registry-images'
import { runOk } from '../../support/run'
import { send, sendOk } from '../../support/send'
import { tempDir } from '../../support/temp'
import { servers } from '../registry/server/servers'
import { startFaultProxy } from './fault-proxy'

const startServer = servers()

const MiB = 1024 * 1024
/** The image is a little larger: it does not pack. */
const NOISE = 48 * MiB
/** What may be sent twice. */
const TWICE = 16 * MiB

type Origin = { at: Pick<Dockerd, 'dockerOk'>; place: (image: string) => TransferRequest['source'] }

const inStore = (engine: TestEngine): Origin => ({
  at: engine,
  place: (image) => ({ kind: 'store', image }),
})
const inDaemon = (): Origin => {
  const daemon = sharedDaemon()
  const { socketPath } = daemon
  return { at: daemon, place: (image) => ({ kind: 'daemon', daemon: { socketPath }, image }) }
}
const docker = async (): Promise<number> => {
  const registry = await startRegistry()
  onTestFinished(() => registry.stop())
  return registry.port
}
const ours = async (): Promise<number> => (await startServer()).port

it.each([
  ['the bundled store to Lamina’s registry', inStore, ours, [16, 34]],
  ['a daemon to Lamina’s registry', inDaemon, ours, [24]],
  // It forgets an upload that breaks: docs/api.md.
  ['a daemon to docker-registry, from the beginning of the layer', inDaemon, docker, [24]],
] as const)('copies from %s', async (_name, originOf, upstream, kills) => {
  const image = 'killed-engine:1'
  const engine = await startEngine()
  onTestFinished(() => engine.stop())
  const origin = originOf(engine)
  await origin.at.dockerOk(['import', await noise(), image])
  onTestFinished(() => void origin.at.dockerOk(['rmi', image]).catch(() => undefined))
  const port = await upstream()
  const proxy = await startFaultProxy(port, () => 1)
  onTestFinished(() => proxy.stop())
  const asked: TransferRequest = {
    source: origin.place(image),
    target: {
      kind: 'registry',
      reference: `${proxy.address}/team/app:1`,
      protocol: 'http',
      ca: null,
    },
  }
  const body = Buffer.from(JSON.stringify(asked))
  const copy = [engine.socketPath, 'POST', '/lamina/v1/transfers/copy', body] as const
  const repository = new RemoteRepository(`http://127.0.0.1:${port}`, 'team/app')

  for (const mebibytes of kills) {
    const bytes = mebibytes * MiB
    const killed = new Promise<void>((resolve) => {
      proxy.reach = { bytes, call: () => resolve(engine.kill()) }
    })
    await expect(send(...copy)).rejects.toThrow()
    await killed
    expect(await repository.digest('1')).toBeNull()
    await engine.restart()
  }
  const lines = (await sendOk(...copy)).text.trim().split('\r\n')
  const { result } = JSON.parse(lines.at(-1) ?? '') as { result: { digest: string } }
  expect(await repository.digest('1')).toBe(result.digest)
  await repository.verify('1')
  expect(proxy.uploaded).toBeGreaterThanOrEqual(NOISE)
  if (upstream === docker) return
  const [first, ...then] = proxy.patches
  expect(first).toBe('')
  for (const one of then.slice(0, kills.length)) expect(one).toMatch(/^[1-9]\d+-/)
  expect(proxy.uploaded - NOISE).toBeLessThanOrEqual(TWICE)
})

/** The path of a tar with one file that does not pack. */
async function noise(): Promise<string> {
  const dir = await tempDir()
  onTestFinished(() => dir.remove())
  await writeFile(join(dir.path, 'noise'), randomBytes(NOISE))
  const tar = join(dir.path, 'noise.tar')
  await runOk('tar', ['cf', tar, '-C', dir.path, 'noise'])
  return tar
}
