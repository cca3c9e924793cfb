/** Copies of tags between docker-registry and Lamina's own; the results are read by plain HTTP. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startBundledRegistry, type BundledRegistry } from '../../support/bundled-registry'
import { startRegistry, type TestRegistry } from '../../support/registry'
import { RemoteRepository } from '../../support/registry-images'
import { errorOf, openApp, type TestApp } from '../support'

let app: TestApp
let theirs: TestRegistry
let ours: BundledRegistry
let from: string
let to: string
let source: RemoteRepository
const digests: Record<string, string> = {}

async function save(
  address: string,
  login: { username: string | null; password: string | null } = { username: null, password: null },
): Promise<string> {
  const saved = { address, protocol: 'http', ...login } as const
  return (await app.call('registries.save', { id: null, ...saved })).id
}

const at = (repository: string) => new RemoteRepository(ours.url, repository)
const input = (tags: string[] | null, repository: string, platform = 'all') => ({
  ...{ id: from, repository: 'team/app', tags, platform, to: { id: to, repository } },
})

beforeAll(async () => {
  app = await openApp({ engine: 'bundled' })
  theirs = await startRegistry()
  ours = await startBundledRegistry()
  from = await save(theirs.address)
  to = await save(ours.address)
  source = new RemoteRepository(theirs.url, 'team/app')
  for (let number = 1; number <= 9; number++) {
    const layers = ['a base for all of them', `version ${number}`]
    digests[`1.${number}`] = (await source.push(`1.${number}`, { layers })).digest
  }
  const images = await Promise.all(
    ['amd64', 'arm64'].map(async (architecture) => ({
      ...(await source.push(null, { layers: [architecture], architecture })),
      platform: { os: 'linux', architecture },
    })),
  )
  digests.multi = (await source.index('multi', images)).digest
})

afterAll(async () => {
  await app?.close()
  await theirs?.stop()
  await ours?.stop()
})

it('copies a repository of ten tags, and then has nothing to do', async () => {
  const preview = await app.call('registries.previewCopy', input(null, 'mirror/app'))
  expect(preview.tags).toHaveLength(10)
  expect(new Set(preview.tags.map(({ state }) => state))).toEqual(new Set(['new']))

  // A base, nine versions, two platforms, and a config each but for the base.
  const size = await app.call('registries.measureCopy', input(null, 'mirror/app'))
  expect(size.unknown).toBe(0)
  expect(new Set(size.blobs.map(({ digest }) => digest)).size).toBe(23)
  for (const blob of size.blobs) {
    const { headers } = await fetch(`${theirs.url}/v2/team/app/blobs/${blob.digest}`)
    expect(Number(headers.get('content-length'))).toBe(blob.size)
  }

  const copied = await app.task('registries.copy', input(null, 'mirror/app'))
  expect(copied).toMatchObject({ state: 'done', kind: 'copy', error: null })
  expect(copied.items.map(({ id, state }) => [id, state])).toEqual(
    Object.keys(digests).map((tag) => [tag, 'done']),
  )
  const target = at('mirror/app')
  for (const [tag, digest] of Object.entries(digests)) {
    expect(await target.digest(tag)).toBe(digest)
    await target.verify(tag)
  }
  expect(await app.call('registries.known', { id: to })).toEqual(['mirror/app'])

  const again = await app.task('registries.copy', input(null, 'mirror/app'))
  expect(again.result?.copies).toMatchObject({ failed: [] })
  expect(again.result?.copies?.tags.map(({ state }) => state)).toEqual(Array(10).fill('same'))
  expect(new Set(again.items.map(({ state }) => state))).toEqual(new Set(['exists']))
})

it('says which tags it would replace', async () => {
  const target = at('mirror/other')
  const before = await target.push('1.2', { layers: ['something else'] })
  const preview = await app.call('registries.previewCopy', input(['1.1', '1.2'], 'mirror/other'))
  expect(preview.tags).toEqual([
    { tag: '1.1', state: 'new', digest: digests['1.1'], replaces: null },
    { tag: '1.2', state: 'replaces', digest: digests['1.2'], replaces: before.digest },
  ])
  await app.task('registries.copy', input(['1.1', '1.2'], 'mirror/other'))
  expect(await target.digest('1.2')).toBe(digests['1.2'])
})

it('shows each layer of a single tag', async () => {
  const { state, items } = await app.task('registries.copy', input(['1.3'], 'mirror/one'))
  expect(state).toBe('done')
  expect(items).toHaveLength(2)
  expect(items.every(({ id }) => /^[0-9a-f]{12}$/.test(id))).toBe(true)
})

it('takes one platform of an index, and knows it again', async () => {
  const one = input(['multi'], 'mirror/arm', 'linux/arm64')
  const { result } = await app.task('registries.copy', one)
  const digest = result?.copies?.tags[0]?.digest
  expect(digest).not.toBe(digests.multi)
  expect(await at('mirror/arm').digest('multi')).toBe(digest)
  const preview = await app.call('registries.previewCopy', one)
  expect(preview.tags).toMatchObject([{ tag: 'multi', state: 'same', digest }])
})

it('goes on when a tag fails, names it, and sends only that the next time', async () => {
  const broken = await source.push('broken', { layers: ['a base for all of them', 'lost'] })
  // Its blob is lost at the source: nobody can copy it.
  const lost = await lostBlob(broken.digest)
  const tags = ['1.1', 'broken', '1.2']
  const first = await app.task('registries.copy', input(tags, 'mirror/rest'))
  expect(first.state).toBe('done')
  expect(first.result?.copies?.tags.map(({ tag }) => tag)).toEqual(['1.1', '1.2'])
  expect(first.result?.copies?.failed.map(({ tag }) => tag)).toEqual(['broken'])
  expect(await at('mirror/rest').tags()).toEqual(['1.1', '1.2'])

  await source.push('broken', { layers: ['a base for all of them', 'lost'] })
  const second = await app.task('registries.copy', input(tags, 'mirror/rest'))
  expect(second.result?.copies?.failed).toEqual([])
  expect(second.result?.copies?.tags).toMatchObject([
    { tag: '1.1', state: 'same' },
    { tag: 'broken', state: 'copied', digest: broken.digest },
    { tag: '1.2', state: 'same' },
  ])
  await at('mirror/rest').verify(lost)
})

it('fails with the reason where no tag arrives', async () => {
  const gone = await startRegistry()
  const id = await save(gone.address)
  await gone.stop()
  const nowhere = { ...input(['1.1', '1.2'], 'mirror/app'), to: { id, repository: 'a/b' } }
  const preview = app.call('registries.previewCopy', nowhere)
  expect((await errorOf(preview)).code).toBe('registry_unreachable')
  const task = await app.task('registries.copy', nowhere)
  expect(task).toMatchObject({ state: 'failed', error: { code: 'registry_unreachable' } })
})

it('signs in at both ends, each with its own user', async () => {
  const basic = await startRegistry({ auth: { kind: 'htpasswd', users: { mei: 'one' } } })
  const token = await startRegistry({ auth: { kind: 'token', users: { lin: 'two' } } })
  try {
    const mei = await save(basic.address, { username: 'mei', password: 'one' })
    const lin = await save(token.address, { username: 'lin', password: 'two' })
    const there = await app.task('registries.copy', {
      ...{ id: from, repository: 'team/app', tags: ['1.1', '1.2'], platform: 'all' },
      to: { id: mei, repository: 'a/b' },
    })
    expect(there.result?.copies?.tags).toHaveLength(2)
    const on = { id: mei, repository: 'a/b', tags: null, platform: 'all' }
    const done = await app.task('registries.copy', { ...on, to: { id: lin, repository: 'c/d' } })
    expect(done.result?.copies?.tags.map(({ digest }) => digest)).toEqual([
      digests['1.1'],
      digests['1.2'],
    ])
    const tags = await basic.request('/v2/a/b/tags/list', { login: 'mei:one' })
    expect(JSON.parse(tags.body)).toEqual({ name: 'a/b', tags: ['1.1', '1.2'] })
    expect(await app.call('registries.tags', { id: lin, repository: 'c/d' })).toEqual([
      '1.1',
      '1.2',
    ])
  } finally {
    await basic.stop()
    await token.stop()
  }
})

it('rests and goes on, and ends when it is cancelled', async () => {
  const target = at('mirror/stopped')
  const id = await app.call('registries.copy', input(null, 'mirror/stopped'))
  await app.call('tasks.pause', { id })
  await app.taskWhen(id, ({ state }) => state === 'paused')
  expect(await target.tags()).toEqual([])
  await app.call('tasks.resume', { id })
  await app.call('tasks.cancel', { id })
  const cancelled = await app.taskWhen(id, ({ endedAt }) => endedAt !== null)
  expect(cancelled.state).toBe('cancelled')
  const again = await app.call('registries.copy', input(['1.1', '1.2'], 'mirror/stopped'))
  await app.call('tasks.pause', { id: again })
  await app.taskWhen(again, ({ state }) => state === 'paused')
  await app.call('tasks.resume', { id: again })
  const done = await app.taskWhen(again, ({ endedAt }) => endedAt !== null)
  expect(done).toMatchObject({ state: 'done', error: null })
  expect(await target.tags()).toEqual(['1.1', '1.2'])
  await target.verify('1.2')
})

it('refuses to copy a repository onto itself', async () => {
  const same = { ...input(['1.1'], 'x'), to: { id: from, repository: 'team/app' } }
  expect((await errorOf(app.call('registries.copy', same))).code).toBe('invalid_input')
})

/** Takes the last layer of an image from docker-registry's repository; the manifest's digest. */
async function lostBlob(manifest: string): Promise<string> {
  const path = `/v2/team/app/manifests/${manifest}`
  const accept = 'application/vnd.oci.image.manifest.v1+json'
  const { body } = await theirs.request(path, { headers: { accept } })
  const { layers } = JSON.parse(body) as { layers: { digest: string }[] }
  const blob = layers.at(-1)?.digest ?? ''
  const { status } = await theirs.request(`/v2/team/app/blobs/${blob}`, { method: 'DELETE' })
  expect(status).toBe(202)
  return manifest
}
