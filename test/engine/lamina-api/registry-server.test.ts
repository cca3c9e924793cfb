import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { AppError } from '@shared/errors'
import type {
  CertificateInfo,
  OwnRegistryGarbage,
  OwnRegistryOptions,
  OwnRegistryState,
} from '@shared/registry-server'
import { startRegistryServer } from '../../../src/engine/registry/server/server'
import { tempDir, type TempDir } from '../../support/temp'
import { startLocalEngine, type Answer, type LocalEngine } from '../support'
import { auth, copyLines } from './transfers'

const ROUTE = '/lamina/v1/registry-server'
const IMAGE = 'team/app:1'

let dir: TempDir
let engine: LocalEngine
beforeEach(async () => {
  dir = await tempDir('own')
  engine = await startLocalEngine()
})
afterEach(async () => {
  await engine.stop()
  await dir.remove()
})

const place = (name: string) => join(dir.path, name)
const options = (more: Partial<OwnRegistryOptions> = {}): OwnRegistryOptions => ({
  root: place('registry'),
  host: '127.0.0.1',
  port: 0,
  htpasswd: null,
  tls: null,
  readOnly: false,
  ...more,
})
const errorOf = (answer: Answer) => (answer.json as { error: AppError }).error

async function start(more: Partial<OwnRegistryOptions> = {}) {
  const answer = await engine.call('PUT', ROUTE, options(more))
  if (answer.status !== 200) throw new Error(answer.text)
  return (answer.json as OwnRegistryState).running!
}

const state = async () => (await engine.call('GET', ROUTE)).json as OwnRegistryState

/** The sample image under a name in the registry; its layers' blobs are packed by the push. */
async function sampleAs(address: string): Promise<void> {
  const { id } = (await engine.call('POST', '/lamina/v1/sample')).json as { id: string }
  const at = `/images/${encodeURIComponent(id)}/tag`
  await engine.call('POST', `${at}?repo=${address}/team/app&tag=1`)
}

async function push(address: string, headers: Record<string, string> = {}): Promise<string> {
  return (await engine.call('POST', `/images/${address}/team/app/push?tag=1`, '', headers)).text
}

/** Inode by digest of every blob of a folder. */
async function inodes(root: string): Promise<Map<string, number>> {
  const folder = join(root, 'blobs/sha256')
  const names = await readdir(folder)
  const found = await Promise.all(names.map((name) => stat(join(folder, name))))
  return new Map(names.map((name, at) => [name, found[at]!.ino]))
}

/** Digests of the layers of what stands in the registry. */
async function layersIn(address: string): Promise<string[]> {
  const answer = await fetch(`http://${address}/v2/team/app/manifests/1`)
  const { layers } = (await answer.json()) as { layers: { digest: string }[] }
  return layers.map(({ digest }) => digest.slice('sha256:'.length))
}

it('starts, tells what it keeps, and ends', async () => {
  expect(await state()).toEqual({ running: null })
  const { url, port } = await start()
  expect(url).toBe(`http://127.0.0.1:${port}`)
  expect((await fetch(`${url}/v2/`)).status).toBe(200)
  await sampleAs(`127.0.0.1:${port}`)
  expect(await push(`127.0.0.1:${port}`)).toContain('digest: sha256:')
  expect((await state()).running).toMatchObject({ repositories: 1, tags: 1 })
  expect((await state()).running?.stored).toBeGreaterThan(1000)
  expect((await engine.call('DELETE', ROUTE)).json).toEqual({ running: null })
  await expect(fetch(`${url}/v2/`)).rejects.toThrow()
})

describe('on the file system of the bundled store', () => {
  it('shares its files with the store, both ways', async () => {
    const { port } = await start()
    const address = `127.0.0.1:${port}`
    await sampleAs(address)
    expect(await push(address)).toContain('"status":"Pushed"')
    const layers = await layersIn(address)
    expect(layers.length).toBeGreaterThan(1)
    const kept = await inodes(place('registry'))
    const own = await inodes(engine.root)
    for (const digest of layers) expect(kept.get(digest)).toBe(own.get(digest))

    // From the registry into a store that has nothing of it.
    await engine.call('DELETE', `/images/${address}/team/app:1?force=1`)
    for (const { Id } of (await engine.call('GET', '/images/json')).json as { Id: string }[]) {
      await engine.call('DELETE', `/images/${Id}?force=1`)
    }
    await engine.call('POST', '/lamina/v1/gc')
    const empty = await inodes(engine.root)
    for (const digest of layers) expect(empty.has(digest)).toBe(false)
    const pulled = await engine.call('POST', `/images/create?fromImage=${address}/team/app&tag=1`)
    expect(pulled.text).toContain('Downloaded newer image')
    const back = await inodes(engine.root)
    for (const digest of layers) expect(back.get(digest)).toBe(kept.get(digest))
    const lines = (await engine.call('POST', '/lamina/v1/fsck')).text.trim().split('\r\n')
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ report: { problems: [] } })
  })

  it('shares them in a transfer, too, and takes no damaged file', async () => {
    const { port } = await start()
    const address = `127.0.0.1:${port}`
    await sampleAs(address)
    await push(address)
    const layers = await layersIn(address)
    const other = await start({ root: place('second') })
    const target = `127.0.0.1:${other.port}/${IMAGE}`
    const request = (reference: string) => ({
      source: { kind: 'store' as const, image: `${address}/${IMAGE}` },
      target: { kind: 'registry' as const, reference, protocol: 'http' as const, ca: null },
    })
    await copyLines(engine, request(target))
    const own = await inodes(engine.root)
    const kept = await inodes(place('second'))
    for (const digest of layers) expect(kept.get(digest)).toBe(own.get(digest))

    const third = await start({ root: place('third') })
    const blob = join(engine.root, 'blobs/sha256', layers[0] ?? '')
    const bytes = await readFile(blob)
    await writeFile(blob, Buffer.from(bytes).fill(1, 0, 20))
    await expect(
      copyLines(engine, request(`127.0.0.1:${third.port}/${IMAGE}`)),
    ).rejects.toMatchObject({ code: 'digest_mismatch' })
    expect((await state()).running?.tags).toBe(0)
    await writeFile(blob, bytes)
  })

  it('asks for the password all the same, and is read-only when it shall be', async () => {
    const file = place('users')
    await engine.call('PUT', `${ROUTE}/users`, { file, name: 'ann', password: 'right' })
    const { port } = await start({ htpasswd: file })
    const address = `127.0.0.1:${port}`
    await sampleAs(address)
    expect(await push(address)).toMatch(/no basic auth|unauthorized|registry_login_required/)
    expect((await state()).running).toMatchObject({ repositories: 0, stored: 0 })
    expect(await push(address, auth('ann', 'right'))).toContain('digest: sha256:')

    const closed = await start({ root: place('read-only'), readOnly: true })
    await sampleAs(`127.0.0.1:${closed.port}`)
    expect(await push(`127.0.0.1:${closed.port}`)).toContain('errorDetail')
    expect((await state()).running).toMatchObject({ repositories: 0, stored: 0 })
  })
})

it('collects what nothing refers to', async () => {
  const { url, port } = await start()
  await sampleAs(`127.0.0.1:${port}`)
  await push(`127.0.0.1:${port}`)
  expect((await fetch(`${url}/v2/team/app/manifests/1`, { method: 'DELETE' })).status).toBe(202)
  const report = (await engine.call('POST', `${ROUTE}/gc`, { untagged: true })).json
  // What was pushed within the hour stays: somebody may be about to name it.
  expect(report).toEqual({ unlinked: 0, removed: 0, freed: 0, uploads: 0 })
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2 * 3600 * 1000 })
  onTestFinished(() => void vi.useRealTimers())
  // The tag is gone, its manifest is not: by its digest it can still be pulled.
  const kept = (await engine.call('POST', `${ROUTE}/gc`, {})).json as OwnRegistryGarbage
  expect(kept).toMatchObject({ unlinked: 0, removed: 0 })
  const more = await engine.call('POST', `${ROUTE}/gc`, { untagged: true })
  const later = more.json as OwnRegistryGarbage
  expect(later.unlinked).toBeGreaterThan(1)
  expect(later.freed).toBeGreaterThan(1000)
  expect((await state()).running).toMatchObject({ repositories: 0, stored: 0 })
  await engine.call('DELETE', ROUTE)
  expect((await engine.call('POST', `${ROUTE}/gc`, {})).status).toBe(404)
})

it('keeps users as bcrypt hashes, one after the other', async () => {
  const file = place('users')
  await writeFile(file, '# by hand\n')
  await Promise.all(
    ['ann', 'bob', 'eve'].map((name) =>
      engine.call('PUT', `${ROUTE}/users`, { file, name, password: `secret of ${name}` }),
    ),
  )
  const text = await readFile(file, 'utf8')
  expect(text).toMatch(/^# by hand\n(\w{3}:\$2[aby]\$10\$\S{53}\n){3}$/)
  expect(text).not.toContain('secret')
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  const gone = await engine.call('DELETE', `${ROUTE}/users?file=${file}&name=bob`)
  expect(gone.json).toEqual({ users: ['ann', 'eve'] })
  expect((await engine.call('DELETE', `${ROUTE}/users?file=${file}&name=bob`)).status).toBe(404)
  for (const name of ['', 'a:b', 'a b', '#c']) {
    const refused = await engine.call('PUT', `${ROUTE}/users`, { file, name, password: 'x' })
    expect(refused.status, name).toBe(400)
  }
  const long = { file, name: 'long', password: 'é'.repeat(37) }
  expect((await engine.call('PUT', `${ROUTE}/users`, long)).status).toBe(400)
  // A file that is none of ours is not written over.
  await writeFile(file, 'ann:plain text\n')
  expect((await engine.call('PUT', `${ROUTE}/users`, { ...long, password: 'x' })).status).toBe(400)
  expect(await readFile(file, 'utf8')).toBe('ann:plain text\n')
})

describe('https', () => {
  const folder = () => place('tls')
  const make = async (names: string[]) =>
    (await engine.call('POST', `${ROUTE}/tls`, { folder: folder(), names })).json as CertificateInfo
  const files = () => ({
    certificate: join(folder(), 'tls.crt'),
    key: join(folder(), 'tls.key'),
  })

  it('makes a certificate for names and addresses that its own client trusts', async () => {
    const info = await make(['127.0.0.1', 'nas.lan', '::1'])
    expect(info.names).toEqual(['127.0.0.1', 'nas.lan', '0:0:0:0:0:0:0:1'])
    expect(info.expires - Date.now()).toBeGreaterThan(800 * 24 * 3600 * 1000)
    expect((await stat(files().key)).mode & 0o777).toBe(0o600)
    const { port, url } = await start({ tls: files() })
    expect(url).toBe(`https://127.0.0.1:${port}`)
    const target = {
      address: `127.0.0.1:${port}`,
      protocol: 'https',
      username: null,
      password: null,
    }
    const probe = await engine.call('POST', '/lamina/v1/registry/probe', target)
    expect(probe.json).toEqual({ auth: 'none', signedIn: null, catalog: true })
    // Nobody else's: the same file, another registry.
    await engine.call('DELETE', ROUTE)
    const read = await engine.call('GET', `${ROUTE}/tls?file=${files().certificate}`)
    expect(read.json).toEqual(info)
  })

  it('says what is wrong with a certificate', async () => {
    await make(['127.0.0.1'])
    const refusal = async (tls: OwnRegistryOptions['tls']) =>
      errorOf(await engine.call('PUT', ROUTE, options({ tls })))
    const { certificate, key } = files()
    expect(await refusal({ certificate: place('none'), key })).toMatchObject({
      code: 'file_missing',
      params: { path: place('none') },
    })
    await writeFile(place('text'), 'no certificate')
    expect(await refusal({ certificate: place('text'), key })).toMatchObject({
      code: 'registry_certificate_bad',
      params: { path: place('text') },
    })
    expect(await refusal({ certificate, key: place('text') })).toMatchObject({
      code: 'registry_certificate_bad',
      params: { path: place('text') },
    })
    const other = await engine.call('POST', `${ROUTE}/tls`, { folder: place('two'), names: ['x'] })
    expect(other.status).toBe(200)
    expect(await refusal({ certificate, key: join(place('two'), 'tls.key') })).toMatchObject({
      code: 'registry_certificate_bad',
      params: { path: join(place('two'), 'tls.key') },
    })
    expect(await state()).toEqual({ running: null })
  })
})

describe('what stands in the way', () => {
  const refusal = async (more: Partial<OwnRegistryOptions>) =>
    errorOf(await engine.call('PUT', ROUTE, options(more)))

  it('is named: a port, a folder, an address, users', async () => {
    const blocker = createServer()
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve))
    const { port } = blocker.address() as AddressInfo
    expect(await refusal({ port })).toMatchObject({
      code: 'registry_port_taken',
      params: { port: String(port) },
    })
    blocker.close()
    const taken = await startRegistryServer({
      ...{ root: place('registry'), address: { host: '127.0.0.1', port: 0 } },
      ...{ htpasswd: null, tls: null, readOnly: false },
    })
    expect(await refusal({})).toMatchObject({
      code: 'registry_folder_taken',
      params: { path: place('registry') },
    })
    await taken.close(0)
    expect(await refusal({ host: '192.0.2.1', htpasswd: place('nobody') })).toMatchObject({
      code: 'file_missing',
    })
    await engine.call('PUT', `${ROUTE}/users`, { file: place('u'), name: 'a', password: 'b' })
    expect(await refusal({ host: '192.0.2.1', htpasswd: place('u') })).toMatchObject({
      code: 'registry_address_absent',
      params: { address: '192.0.2.1' },
    })
    for (const host of ['', '0.0.0.0', '192.0.2.1']) {
      expect(await refusal({ host })).toMatchObject({ code: 'registry_needs_users' })
    }
    expect(await state()).toEqual({ running: null })
    expect(await start()).toMatchObject({ repositories: 0 })
  })
})
