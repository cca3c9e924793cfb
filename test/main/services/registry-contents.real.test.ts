/** What main tells of a registry's contents, and what it deletes: docker-registry and Lamina's own. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startBundledRegistry } from '../../support/bundled-registry'
import { startRegistry } from '../../support/registry'
import { RemoteRepository } from '../../support/registry-images'
import { waitFor } from '../../support/temp'
import { errorOf, openApp, type TestApp } from '../support'

let app: TestApp

beforeAll(async () => {
  app = await openApp({ engine: 'bundled' })
})

afterAll(() => app?.close())

async function save(address: string, login: { user: string; password: string } | null = null) {
  const { id } = await app.call('registries.save', {
    id: null,
    address,
    protocol: 'http',
    username: login?.user ?? null,
    password: login?.password ?? null,
  })
  return id
}

describe.each([
  ['docker-registry', () => startRegistry(), 'moved'],
  ['Lamina’s registry', () => startBundledRegistry(), 'tag'],
] as const)('with %s', (_name, start, how) => {
  let registry: { address: string; url: string; stop(): Promise<void> }
  let app1: RemoteRepository
  let id: string
  const repository = 'team/app'

  beforeAll(async () => {
    registry = await start()
    app1 = new RemoteRepository(registry.url, repository)
    id = await save(registry.address)
  })

  afterAll(() => registry?.stop())

  it('shows a tag and the image behind it without pulling', async () => {
    const pushed = await app1.push('1.9', {
      layers: ['one', 'two'],
      env: ['LANG=C.UTF-8'],
      labels: { team: 'a' },
    })
    const details = await app.call('registries.tagDetails', { id, repository, tag: '1.9' })
    expect(details).toMatchObject({
      digest: pushed.digest,
      platforms: ['linux/amd64'],
      createdAt: Date.parse('2026-01-02T03:04:05Z'),
    })
    const what = { id, repository, reference: '1.9', platform: null }
    const image = await app.call('registries.image', what)
    expect(image).toMatchObject({ digest: pushed.digest, platforms: null, attestations: 0 })
    expect(image.image?.layers.map(({ createdBy }) => createdBy)).toEqual([
      'COPY one /',
      'COPY two /',
    ])
    expect(image.image?.details).toMatchObject({
      repoTags: [`${registry.address}/${repository}:1.9`],
      os: 'linux',
      architecture: 'amd64',
      size: details.size,
      config: { env: ['LANG=C.UTF-8'], cmd: ['sh'], labels: { team: 'a' } },
    })
    expect(Buffer.byteLength(image.raw)).toBe(pushed.size)
  })

  it('shows an index by its platforms, and the one that is chosen', async () => {
    const arm = await app1.push(null, { layers: ['arm'], architecture: 'arm64' })
    const riscv = await app1.push(null, { layers: ['riscv'], architecture: 'riscv64' })
    const attest = await app1.push(null, { layers: ['sbom'], architecture: 'unknown' })
    await app1.index('multi', [
      { ...arm, platform: { os: 'linux', architecture: 'arm64' } },
      { ...riscv, platform: { os: 'linux', architecture: 'riscv64' } },
      { ...attest, platform: { os: 'unknown', architecture: 'unknown' } },
    ])
    // This machine is neither: the row shows the first one.
    const details = await app.call('registries.tagDetails', { id, repository, tag: 'multi' })
    expect(details.platforms).toEqual(['linux/arm64', 'linux/riscv64'])
    expect(details.size).toBeGreaterThan(0)
    const platform = 'linux/riscv64'
    const what = { id, repository, reference: 'multi', platform }
    const image = await app.call('registries.image', what)
    expect(image).toMatchObject({ attestations: 1, image: { digest: riscv.digest, platform } })
  })

  it('deletes a tag and keeps its siblings, or removes them all', async () => {
    const pushed = await app1.push('a', { layers: ['siblings'] })
    for (const tag of ['b', 'c', 'd']) await app1.tag('a', tag)
    const siblings = await app.call('registries.siblings', { id, repository, tag: 'b' })
    expect(siblings).toEqual({ digest: pushed.digest, tags: ['a', 'b', 'c', 'd'], indexes: [] })
    const one = { id, repository, tag: 'b', digest: pushed.digest }
    const kept = await app.call('registries.deleteTag', { ...one, siblings: 'keep' })
    expect(kept).toEqual({ digest: pushed.digest, how, removed: ['b'] })
    expect(await app1.digest('b')).toBeNull()
    for (const tag of ['a', 'c', 'd']) expect(await app1.digest(tag)).toBe(pushed.digest)
    const gone = await app.call('registries.deleteTag', { ...one, tag: 'c', siblings: 'remove' })
    expect(gone).toEqual({ digest: pushed.digest, how: 'manifest', removed: ['a', 'c', 'd'] })
    expect(await app1.tags()).not.toContain('a')
    const again = app.call('registries.deleteTag', { ...one, tag: 'a', siblings: 'keep' })
    expect((await errorOf(again)).code).toBe('manifest_unknown')
  })

  it('does not delete what a tag stands for by now', async () => {
    const pushed = await app1.push('moving', { layers: ['before'] })
    await app1.push('moving', { layers: ['after'] })
    const late = { id, repository, tag: 'moving', digest: pushed.digest, siblings: 'keep' } as const
    expect((await errorOf(app.call('registries.deleteTag', late))).code).toBe('changed_meanwhile')
    expect(await app1.tags()).toContain('moving')
  })

  it('lists repositories, and remembers those that were looked at', async () => {
    expect(await app.call('registries.known', { id })).toEqual([])
    const page = await app.call('registries.repositories', { id, after: null, limit: 10 })
    expect(page).toEqual({ repositories: [repository], next: null })
    expect(await app.call('registries.tags', { id, repository })).toContain('1.9')
    expect(await app.call('registries.known', { id })).toEqual([repository])
  })
})

it('says what to do where a registry refuses deletions', async () => {
  const registry = await startRegistry({ deletes: false })
  try {
    const id = await save(registry.address)
    const remote = new RemoteRepository(registry.url, 'a/b')
    const { digest } = await remote.push('1', { layers: ['kept'] })
    await remote.tag('1', '2')
    for (const siblings of ['keep', 'remove'] as const) {
      const call = app.call('registries.deleteTag', {
        ...{ id, repository: 'a/b', tag: '1', digest, siblings },
      })
      expect((await errorOf(call)).code).toBe('registry_delete_refused')
    }
    expect([await remote.digest('1'), await remote.digest('2')]).toEqual([digest, digest])
  } finally {
    await registry.stop()
  }
})

it('remembers repositories where a registry lists none, until the registry leaves the list', async () => {
  const registry = await startRegistry({
    auth: {
      kind: 'token',
      users: { mei: 'secret' },
      allow: (who, name, actions) => (who !== null && name !== 'catalog' ? actions : []),
    },
  })
  try {
    const id = await save(registry.address, { user: 'mei', password: 'secret' })
    const page = app.call('registries.repositories', { id, after: null, limit: 10 })
    expect((await errorOf(page)).code).toBe('registry_catalog_refused')
    const known = () => app.call('registries.known', { id })
    await app.call('registries.addKnown', { id, repository: 'team/web' })
    await app.call('registries.addKnown', { id, repository: 'team/app' })
    await app.call('registries.addKnown', { id, repository: 'team/app' })
    expect(await known()).toEqual(['team/app', 'team/web'])
    await app.call('registries.forgetKnown', { id, repository: 'team/web' })
    expect(await known()).toEqual(['team/app'])
    const bad = app.call('registries.addKnown', { id, repository: 'Team/App:1' })
    expect((await errorOf(bad)).code).toBe('reference_invalid')

    await app.call('registries.remove', { id })
    const again = await save(registry.address)
    await waitFor('it to be forgotten', async () => {
      return (await app.call('registries.known', { id: again })).length === 0
    })
  } finally {
    await registry.stop()
  }
})
