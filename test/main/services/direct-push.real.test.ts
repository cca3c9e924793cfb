/**
 * A registry that speaks http at an address that dockerd does not take for loopback: the daemon
 * refuses to push to it, Lamina pushes directly, and nothing of the daemon changes.
 */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startDockerd, type Dockerd } from '../../support/dockerd'
import { startRegistry, type TestRegistry } from '../../support/registry'
import { busyboxRootfs } from '../../support/rootfs'
import { sortedLines } from '../../support/run'
import { openApp, type TestApp } from '../support'

const IMAGE = 'direct/base:1'
const NAMES = ['images', '--no-trunc', '--format', '{{.Repository}} {{.Tag}} {{.Digest}} {{.ID}}']

let dockerd: Dockerd
let registry: TestRegistry
let app: TestApp

beforeAll(async () => {
  dockerd = await startDockerd()
  await dockerd.dockerOk(['import', await busyboxRootfs(), IMAGE])
  const network = ['network', 'inspect', 'bridge', '--format', '{{(index .IPAM.Config 0).Gateway}}']
  registry = await startRegistry({ host: await dockerd.dockerOk(network) })
  app = await openApp({ dockerHost: dockerd.host, engine: 'docker' })
  const { address } = registry
  await app.call('registries.save', {
    id: null,
    address,
    protocol: 'http',
    username: null,
    password: null,
  })
})

afterAll(async () => {
  await app?.close()
  await registry?.stop()
  await dockerd?.stop()
})

it('is what a daemon refuses and Lamina does', async () => {
  const reference = `${registry.address}/direct/base:1`
  const names = async () => sortedLines(await dockerd.dockerOk(NAMES))
  const before = await names()

  const refused = await app.task('images.push', { image: IMAGE, reference, direct: false })
  expect(refused).toMatchObject({ state: 'failed', error: { code: 'registry_speaks_http' } })

  const pushed = await app.task('images.push', { image: IMAGE, reference, direct: true })
  expect(pushed).toMatchObject({ state: 'done', error: null, result: { reference } })
  const { address } = registry
  const manifest = await fetch(`http://${address}/v2/direct/base/manifests/1`, {
    headers: { accept: 'application/vnd.docker.distribution.manifest.v2+json' },
  })
  expect(manifest.headers.get('docker-content-digest')).toBe(pushed.result?.digest)
  const { config } = (await manifest.json()) as { config: { digest: string } }
  const id = await dockerd.dockerOk(['image', 'inspect', '--format', '{{.Id}}', IMAGE])
  expect(config.digest).toBe(id)

  const again = await app.task('images.push', { image: IMAGE, reference, direct: true })
  expect(again.result?.digest).toBe(pushed.result?.digest)
  expect(again.items.every(({ state }) => state === 'exists' || state === 'done')).toBe(true)
  expect(await names()).toEqual(before)
})

it('names the image that is not there', async () => {
  const reference = `${registry.address}/direct/none:1`
  const failed = await app.task('images.push', { image: 'direct/none:1', reference, direct: true })
  expect(failed.error?.code).toBe('not_found')
})
