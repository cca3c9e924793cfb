/**
 * The real registry in a container of the daemon, from an image made of this machine's docker-registry;
 * and everything copied from our own registry to it.
 */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startDockerd, type Dockerd } from '../../support/dockerd'
import { busyboxRootfs } from '../../support/rootfs'
import { freePort, tempDir, waitFor, type TempDir } from '../../support/temp'
import { errorOf, openApp, type TestApp } from '../support'

const REPOSITORIES = ['team/app', 'team/deep/er/name', 'tools']
const TAGS = ['1', '2', 'latest']

let dir: TempDir
let dockerd: Dockerd
let app: TestApp
let own: string
let port: number

beforeAll(async () => {
  dir = await tempDir('cont')
  // No hub, on whichever machine.
  dockerd = await startDockerd({ hosts: { 'registry-1.docker.io': '127.0.0.1' } })
  app = await openApp({
    dockerHost: dockerd.host,
    engine: 'docker',
    home: join(dir.path, 'home'),
    env: { PATH: process.env.PATH },
  })
  port = await freePort()
  const at = await freePort()
  own = `127.0.0.1:${at}`
  const none = { kind: 'none' as const }
  const settings = { host: '127.0.0.1', port: at, folder: '', tls: none, readOnly: false }
  await app.call('registryServer.save', settings)
  await app.call('registryServer.start', {})
  await dockerd.dockerOk(['import', await busyboxRootfs(), 'base:1'])
  for (const repository of REPOSITORIES) {
    for (const tag of TAGS) {
      const name = `${own}/${repository}:${tag}`
      await dockerd.dockerOk(['tag', 'base:1', name])
      await dockerd.dockerOk(['push', name])
    }
  }
})

afterAll(async () => {
  await app?.close()
  await dockerd?.docker(['rm', '-f', 'lamina-registry'])
  await dockerd?.stop()
  await dir?.remove()
})

const tagsOf = async (address: string, repository: string) => {
  const answer = await fetch(`http://${address}/v2/${repository}/tags/list`)
  return ((await answer.json()) as { tags: string[] }).tags.sort()
}
const digestOf = async (address: string, repository: string, tag: string) => {
  const accept = 'application/vnd.docker.distribution.manifest.v2+json'
  const url = `http://${address}/v2/${repository}/manifests/${tag}`
  const { headers } = await fetch(url, { method: 'HEAD', headers: { accept } })
  return headers.get('docker-content-digest')
}

it('says what to do where there is no image, and makes one', async () => {
  expect(await app.call('registryContainer.view', {})).toMatchObject({
    available: true,
    image: 'buildable',
    container: null,
  })
  expect(await errorOf(app.call('registryContainer.start', { port }))).toMatchObject({
    code: 'registry_image_absent',
    params: { image: 'registry:2' },
  })
  expect(await app.call('registryContainer.makeImage', {})).toMatchObject({ image: 'there' })
})

it('runs it, and copies everything to it', async () => {
  const { container } = await app.call('registryContainer.start', { port })
  expect(container).toMatchObject({ running: true, address: `127.0.0.1:${port}` })
  const address = `127.0.0.1:${port}`
  await waitFor('the registry in the container', async () => {
    const answer = await fetch(`http://${address}/v2/`).catch(() => null)
    return answer?.status === 200
  })
  const registries = await app.call('registries.list', {})
  const id = (wanted: string) => registries.find((one) => one.address === wanted)?.id ?? ''
  const copied = await app.task('registries.copyAll', { id: id(own), to: id(address) })
  expect(copied).toMatchObject({ state: 'done', error: null })
  expect(copied.result?.copies?.failed).toEqual([])
  expect(copied.result?.copies?.tags).toHaveLength(REPOSITORIES.length * TAGS.length)
  for (const repository of REPOSITORIES) {
    expect(await tagsOf(address, repository)).toEqual([...TAGS].sort())
    for (const tag of TAGS) {
      const there = await digestOf(address, repository, tag)
      expect(there).toMatch(/^sha256:/)
      expect(there).toBe(await digestOf(own, repository, tag))
    }
  }
  const again = await app.task('registries.copyAll', { id: id(own), to: id(address) })
  expect(again.result?.copies?.tags.every(({ state }) => state === 'same')).toBe(true)
  expect(await errorOf(app.call('registries.copyAll', { id: id(own), to: id(own) }))).toMatchObject(
    {
      code: 'invalid_input',
    },
  )
})

it('keeps its images over a stop', async () => {
  expect((await app.call('registryContainer.stop', {})).container?.running).toBe(false)
  await expect(fetch(`http://127.0.0.1:${port}/v2/`)).rejects.toThrow()
  await app.call('registryContainer.start', { port })
  await waitFor('the registry again', async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/v2/_catalog`).catch(() => null)
    return answer !== null && (await answer.json()) && true
  })
  expect(await tagsOf(`127.0.0.1:${port}`, 'team/app')).toEqual([...TAGS].sort())
})
