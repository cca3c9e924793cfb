import { readFile } from 'node:fs/promises'
import { createReadStream } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { LaminaError } from '@shared/errors'
import { parseReference, type Reference } from '@shared/reference'
import { importRootfs } from '../../../src/engine/image/import'
import { loadArchive } from '../../../src/engine/image/load'
import { openStore } from '../../../src/engine/image/store'
import type { Store, StoredImage } from '../../../src/engine/image/types'
import { credentialsOf } from '../../../src/engine/registry/client/credentials'
import { Daemon } from '../../../src/engine/transfer/daemon'
import { hostPlatform } from '../../../src/engine/transfer/platform'
import type { TransferItem } from '../../../src/engine/transfer/progress'
import { pullImage, type PullOptions } from '../../../src/engine/transfer/pull'
import { pushImage } from '../../../src/engine/transfer/push'
import { sharedDaemon } from '../../support/daemon'
import { startRegistry, type RegistryOptions, type TestRegistry } from '../../support/registry'
import { busyboxRootfs, debianRootfs } from '../../support/rootfs'
import { runOk } from '../../support/run'
import { freePort, tempDir } from '../../support/temp'

const users = { mei: 'secret' }
const mei = credentialsOf({ username: 'mei', password: 'secret' })
const wrong = credentialsOf({ username: 'mei', password: 'wrong' })

async function newStore(): Promise<Store> {
  const dir = await tempDir()
  const store = await openStore(dir.path)
  onTestFinished(async () => {
    await store.close()
    await dir.remove()
  })
  return store
}

async function registryOf(options: RegistryOptions = {}): Promise<TestRegistry> {
  const registry = await startRegistry(options)
  onTestFinished(() => registry.stop())
  return registry
}

function referenceOf(text: string): Reference {
  const parsed = parseReference(text)
  if (!parsed.ok) throw new Error(`${text}: ${parsed.problem}`)
  return parsed.reference
}

async function importBusybox(
  store: Store,
  reference: string,
  platform = hostPlatform(),
): Promise<StoredImage> {
  const tar: AsyncIterable<Buffer> = createReadStream(await busyboxRootfs())
  const plain = { message: '', source: '-', changes: [] }
  return importRootfs(store, tar, { ...plain, reference, platform })
}

/** An image of three layers, made by the real daemon and saved by it. */
async function loadLayered(store: Store, name: string): Promise<StoredImage> {
  const daemon = sharedDaemon()
  await daemon.dockerOk(['import', await busyboxRootfs(), name])
  for (const step of ['one', 'two']) {
    const script = `dd if=/dev/urandom of=/${step} bs=1M count=8; rm -f /bin/vi`
    await daemon.dockerOk(['run', '--name', `${step}-made`, name, '/bin/sh', '-c', script])
    await daemon.dockerOk(['commit', `${step}-made`, name])
    await daemon.dockerOk(['rm', `${step}-made`])
  }
  const saved = await new Daemon({ socketPath: daemon.socketPath }).save(name)
  const [loaded] = await loadArchive(store, saved, { name: 'saved', platform: hostPlatform() })
  await daemon.dockerOk(['rmi', name])
  if (!loaded) throw new Error('nothing was loaded')
  return store.images.resolve(loaded.id)
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'no error',
    (error: LaminaError) => error.code ?? String(error),
  )
}

/** The last state of each item, in the order of their first. */
function lastStates(items: TransferItem[]): [string, number][] {
  const last = new Map(items.map((item) => [item.id, item]))
  return [...last.values()].map(({ status, done }) => [status, done])
}

describe('push and pull', () => {
  it('moves an image of several layers to a registry and into another store', async () => {
    const registry = await registryOf()
    const store = await newStore()
    const name = `${registry.address}/mhk/layers:1.3`
    const image = await loadLayered(store, 'transfer-layers:1')
    await store.images.tag(image.id, name)
    const reference = referenceOf(name)

    const pushed: TransferItem[] = []
    const first = await pushImage(store, reference, { onProgress: (item) => pushed.push(item) })
    expect(lastStates(pushed).map(([status]) => status)).toEqual(['Pushed', 'Pushed', 'Pushed'])
    const head = await registry.request('/v2/mhk/layers/manifests/1.3', {
      method: 'HEAD',
      headers: { accept: 'application/vnd.docker.distribution.manifest.v2+json' },
    })
    expect(head.headers['docker-content-digest']).toBe(first.digest)
    expect(store.images.resolve(image.id).digests).toContain(
      `${registry.address}/mhk/layers@${first.digest}`,
    )

    const again: TransferItem[] = []
    const second = await pushImage(store, reference, { onProgress: (item) => again.push(item) })
    expect(second.digest).toBe(first.digest)
    expect(second.upToDate).toBe(true)
    expect(new Set(lastStates(again).map(([status]) => status))).toEqual(
      new Set(['Layer already exists']),
    )

    const other = await newStore()
    const pulled: TransferItem[] = []
    const result = await pullImage(other, reference, { onProgress: (item) => pulled.push(item) })
    expect(result).toMatchObject({ id: image.id, digest: first.digest, upToDate: false })
    expect(lastStates(pulled).map(([status]) => status)).toEqual(Array(3).fill('Pull complete'))
    const got = other.images.resolve(name)
    expect(got.id).toBe(image.id)
    expect(got.digests).toEqual([`${registry.address}/mhk/layers@${first.digest}`])
    expect((await other.fsck()).problems).toEqual([])
    const once = await pullImage(other, reference)
    expect(once.upToDate).toBe(true)

    // A second push from the store that pulled: the same manifest, nothing made anew.
    expect((await pushImage(other, reference)).digest).toBe(first.digest)
    // To another repository of the same registry: layers are mounted.
    const elsewhere = `${registry.address}/mhk/elsewhere:1`
    await other.images.tag(image.id, elsewhere)
    const mounted: TransferItem[] = []
    await pushImage(other, referenceOf(elsewhere), { onProgress: (item) => mounted.push(item) })
    expect(new Set(lastStates(mounted).map(([status]) => status))).toEqual(
      new Set(['Mounted from mhk/layers']),
    )

    // The real daemon takes it as well, and runs it.
    const daemon = sharedDaemon()
    await daemon.dockerOk(['pull', name])
    onTestFinished(() => void daemon.docker(['rmi', name]))
    expect(await daemon.dockerOk(['run', '--rm', name, '/bin/ls', '/one'])).toBe('/one')
  })

  it('pulls what dockerd pushed, byte for byte, by digest too', async () => {
    const registry = await registryOf()
    const daemon = sharedDaemon()
    const name = `${registry.address}/mhk/debian:1`
    await daemon.dockerOk(['import', await debianRootfs(), name])
    onTestFinished(() => void daemon.docker(['rmi', name]))
    const printed = await daemon.dockerOk(['push', name])
    const digest = /digest: (sha256:\w+)/.exec(printed)?.[1] ?? ''
    const store = await newStore()
    const byDigest = referenceOf(`${registry.address}/mhk/debian@${digest}`)
    const result = await pullImage(store, byDigest)
    expect(result.digest).toBe(digest)
    expect(store.images.resolve(result.id).tags).toEqual([])
    expect((await pullImage(store, referenceOf(name))).id).toBe(result.id)
    const inspected = await daemon.dockerOk(['image', 'inspect', '-f', '{{.Id}}', name])
    expect(result.id).toBe(inspected)
    const [layer] = (await store.images.image(result.id)).layers
    expect((await layer?.index())?.find('etc/debian_version')).toBeGreaterThan(0)
    expect((await store.fsck()).problems).toEqual([])
  })

  it('chooses the image for a platform from an index', async () => {
    const registry = await registryOf()
    const store = await newStore()
    const ids = new Map<string, string>()
    const entries = []
    for (const [architecture, variant] of [['amd64'], ['arm64', 'v8'], ['s390x']] as const) {
      const name = `${registry.address}/mhk/multi:${architecture}`
      const platform = { os: 'linux', architecture, ...(variant ? { variant } : {}) }
      const image = await importBusybox(store, name, platform)
      const { digest, size } = await pushImage(store, referenceOf(name))
      const mediaType = 'application/vnd.docker.distribution.manifest.v2+json'
      entries.push({ mediaType, digest, size, platform })
      ids.set(architecture, image.id)
    }
    const mediaType = 'application/vnd.docker.distribution.manifest.list.v2+json'
    const index = JSON.stringify({ schemaVersion: 2, mediaType, manifests: entries })
    const put = await fetch(`${registry.url}/v2/mhk/multi/manifests/all`, {
      method: 'PUT',
      headers: { 'content-type': mediaType },
      body: index,
    })
    expect(put.status).toBe(201)
    const reference = referenceOf(`${registry.address}/mhk/multi:all`)
    const pull = (platform?: PullOptions['platform']) =>
      pullImage(store, reference, platform ? { platform } : {})
    const arm = await pull({ os: 'linux', architecture: 'arm64' })
    expect(arm.id).toBe(ids.get('arm64'))
    expect(arm.digest).toBe(put.headers.get('docker-content-digest'))
    expect((await pull()).id).toBe(ids.get(hostPlatform().architecture))
    expect(await codeOf(pull({ os: 'windows', architecture: 'amd64' }))).toBe('platform_missing')
  })

  it.each<[string, RegistryOptions]>([
    ['htpasswd', { auth: { kind: 'htpasswd', users } }],
    ['tokens', { auth: { kind: 'token', users } }],
  ])('signs in: %s', async (_, options) => {
    const registry = await registryOf(options)
    const store = await newStore()
    const name = `${registry.address}/mhk/app:1`
    await importBusybox(store, name)
    const reference = referenceOf(name)
    expect(await codeOf(pushImage(store, reference, { credentials: wrong }))).toBe(
      'registry_unauthorized',
    )
    expect(await codeOf(pushImage(store, reference))).toBe('registry_login_required')
    const { digest } = await pushImage(store, reference, { credentials: mei })
    const other = await newStore()
    expect((await pullImage(other, reference, { credentials: mei })).digest).toBe(digest)
    expect(await codeOf(pullImage(other, reference, { credentials: wrong }))).toBe(
      'registry_unauthorized',
    )
  })

  it('says denied where the user may not push', async () => {
    const allow = (_user: string | null, name: string, actions: string[]) =>
      name.startsWith('mhk/') ? actions : []
    const registry = await registryOf({ auth: { kind: 'token', users, allow } })
    const store = await newStore()
    const name = `${registry.address}/other/app:1`
    await importBusybox(store, name)
    const push = pushImage(store, referenceOf(name), { credentials: mei })
    await expect(push).rejects.toMatchObject({
      code: 'registry_denied',
      params: { repository: 'other/app', address: registry.address },
    })
  })

  it('trusts an own CA, and insecure hosts whatever they speak', async () => {
    const registry = await registryOf({ tls: true, host: '::1', names: ['localhost'] })
    const store = await newStore()
    const name = `${registry.address}/mhk/app:1`
    await importBusybox(store, name)
    const ca = [await readFile(registry.caFile ?? '', 'utf8')]
    const { digest } = await pushImage(store, referenceOf(name), { ca })
    // This machine counts as insecure, as for dockerd: any certificate will do.
    expect((await pullImage(await newStore(), referenceOf(name))).digest).toBe(digest)
  })

  it('tells what stands in the way', async () => {
    const store = await newStore()
    const nothing = `127.0.0.1:${await freePort()}/a/b:1`
    expect(await codeOf(pullImage(store, referenceOf(nothing)))).toBe('registry_unreachable')
    const registry = await registryOf()
    const missing = referenceOf(`${registry.address}/no/such:1`)
    expect(await codeOf(pullImage(store, missing))).toBe('manifest_unknown')
    expect(await codeOf(pushImage(store, missing))).toBe('not_found')
  })

  it('keeps nothing under its name when it is cancelled, and begins again where it was', async () => {
    const registry = await registryOf()
    const store = await newStore()
    const image = await loadLayered(store, 'transfer-cancel:1')
    const name = `${registry.address}/mhk/cancel:1`
    await store.images.tag(image.id, name)
    await pushImage(store, referenceOf(name))
    const other = await newStore()
    const abort = new AbortController()
    const pull = pullImage(other, referenceOf(name), {
      signal: abort.signal,
      onProgress: ({ done }) => done > 0 && abort.abort(),
    })
    expect(await codeOf(pull)).toBe('cancelled')
    expect(other.images.list()).toEqual([])
    expect((await other.fsck()).problems).toEqual([])
    await pullImage(other, referenceOf(name))
    expect(other.images.resolve(name).id).toBe(image.id)

    const cancelPush = new AbortController()
    const target = `${registry.address}/mhk/cancelled:1`
    await store.images.tag(image.id, target)
    const push = pushImage(store, referenceOf(target), {
      signal: cancelPush.signal,
      onProgress: () => cancelPush.abort(),
    })
    expect(await codeOf(push)).toBe('cancelled')
    expect((await registry.request('/v2/mhk/cancelled/tags/list')).status).toBe(404)
  })

  it('refuses a layer that is not what its manifest says', async () => {
    const registry = await registryOf()
    const store = await newStore()
    const name = `${registry.address}/mhk/damaged:1`
    await importBusybox(store, name)
    await pushImage(store, referenceOf(name))
    const [blob = ''] = (
      await runOk('sh', [
        '-c',
        `ls -S ${registry.storage}/docker/registry/v2/blobs/sha256/*/*/data`,
      ])
    ).split('\n')
    await runOk('sh', ['-c', `printf x | dd of=${blob} bs=1 seek=1000 conv=notrunc`])
    const other = await newStore()
    const code = await codeOf(pullImage(other, referenceOf(name)))
    expect(['digest_mismatch', 'archive_corrupted']).toContain(code)
    expect(other.images.list()).toEqual([])
  })

  it('does not hang on a server that says nothing', async () => {
    const server = createServer(() => undefined)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
    const signal = AbortSignal.timeout(500)
    const pull = pullImage(await newStore(), referenceOf(`${address}/a/b:1`), { signal })
    const started = Date.now()
    expect(await codeOf(pull)).toBe('cancelled')
    expect(Date.now() - started).toBeLessThan(5_000)
  })
})
