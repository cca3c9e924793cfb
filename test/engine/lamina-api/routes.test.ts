import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { showProgram } from '../../../src/engine/lamina-api/sample/program'
import { startLocalEngine, tarOf, type LocalEngine } from '../support'

let local: LocalEngine

beforeAll(async () => {
  local = await startLocalEngine()
})

afterAll(() => local.stop())

it('says who it is', async () => {
  expect((await local.call('GET', '/lamina/v1/info')).json).toEqual({
    version: '9.9.9',
    root: local.root,
    pid: process.pid,
    node: process.versions.node,
  })
})

it('makes a sample of four layers, with a replaced file and a deleted one', async () => {
  expect((await local.call('GET', '/images/json')).json).toEqual([])
  const made = await local.call('POST', '/lamina/v1/sample')
  expect(made.json).toMatchObject({ reference: 'lamina/sample:latest' })
  const { store } = local.engine.services
  const { diffIds, tags } = store.images.resolve('lamina/sample')
  expect(tags).toEqual(['docker.io/lamina/sample:latest'])
  expect(diffIds).toHaveLength(4)
  const [, second, third, fourth] = await Promise.all(diffIds.map((id) => store.layers.index(id)))
  expect(second?.find('srv/site/index.html')).toBeGreaterThan(0)
  expect(third?.find('srv/site/index.html')).toBeGreaterThan(0)
  expect(second?.find('srv/site/draft.txt')).toBeGreaterThan(0)
  expect(fourth?.hidesPath(fourth.find('srv/site/draft.txt'))).toBe(true)
  const all = await store.layers.union(diffIds)
  expect(all.find('srv/site/draft.txt')).toBe(-1)
  expect(all.entry(all.find('bin/show')).mode).toBe(0o755)
  // Again: the name goes to the new one, and nothing breaks.
  expect((await local.call('POST', '/lamina/v1/sample')).status).toBe(200)
})

it('has a program in it that runs by itself', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'show-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64'
  await writeFile(join(dir, 'show'), showProgram(architecture), { mode: 0o755 })
  await writeFile(join(dir, 'a'), 'first\n')
  await writeFile(join(dir, 'b'), 'x'.repeat(10_000))
  const shown = spawnSync('./show', ['a', 'b'], { cwd: dir, encoding: 'utf8' })
  expect([shown.status, shown.stdout]).toEqual([0, `first\n${'x'.repeat(10_000)}`])
  expect(spawnSync('./show', ['missing'], { cwd: dir }).status).toBe(1)
})

it('takes the hosts that may be reached over http', async () => {
  const put = (hosts: unknown) =>
    local.call('PUT', '/lamina/v1/insecure-registries', { hosts } as object)
  expect((await put(['registry.lab:5000', '[::1]:5000'])).status).toBe(204)
  expect([...local.engine.services.insecureRegistries]).toEqual(['registry.lab:5000', '[::1]:5000'])
  expect((await put(['http://x'])).status).toBe(400)
  expect((await put([])).status).toBe(204)
  expect(local.engine.services.insecureRegistries.size).toBe(0)
})

it('deletes files of a container, and nothing that is mounted', async () => {
  const tar = await tarOf({ 'd/': '', 'd/a': 'a', 'd/b': 'b', top: 'x' })
  await local.call('POST', '/images/create?fromSrc=-&repo=base&tag=1', tar)
  await local.call('POST', '/containers/create?name=box', {
    Image: 'base:1',
    Cmd: ['sh'],
    HostConfig: { Binds: ['vol:/d/mounted'] },
  })
  const remove = (path: string) =>
    local.call('DELETE', `/lamina/v1/containers/box/files?path=${encodeURIComponent(path)}`)
  expect((await remove('/top')).status).toBe(204)
  expect((await remove('d/a')).status).toBe(204)
  expect(await remove('/top')).toMatchObject({
    status: 404,
    json: { message: 'Could not find the file /top in container box' },
  })
  expect((await remove('/d')).status).toBe(400)
  expect((await remove('/')).status).toBe(400)
  expect((await remove('')).status).toBe(400)
  expect((await local.call('GET', '/containers/box/changes')).json).toEqual([
    { Path: '/d', Kind: 0 },
    { Path: '/d/a', Kind: 2 },
    { Path: '/top', Kind: 2 },
  ])
})
