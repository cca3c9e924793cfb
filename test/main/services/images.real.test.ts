import { createHash, randomBytes } from 'node:crypto'
import { readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sharedDaemon } from '../../support/daemon'
import { startRegistry, type TestRegistry } from '../../support/registry'
import { busyboxRootfs } from '../../support/rootfs'
import { runOk, sortedLines } from '../../support/run'
import { tempDir, type TempDir } from '../../support/temp'
import { errorOf, openApp, type TestApp } from '../support'

const daemon = sharedDaemon()
let lamina: TestApp
let registry: TestRegistry
let dir: TempDir
/** An image of the busybox root file system, imported by the docker CLI. */
let base: string

beforeAll(async () => {
  dir = await tempDir()
  registry = await startRegistry()
  base = await daemon.dockerOk(['import', await busyboxRootfs(), 'h4/base:1'])
  lamina = await openApp({ dockerHost: daemon.host, engine: 'docker' })
})

afterAll(async () => {
  await lamina.close()
  const mine = await daemon.dockerOk(['images', '--format', '{{.Repository}}:{{.Tag}}'])
  const names = mine.split('\n').filter((name) => /^(h4\/|127\.0\.0\.1:)/.test(name))
  await daemon.docker(['rmi', '-f', base, ...names])
  await registry.stop()
  await dir.remove()
})

/** A handle for a file, as an upload makes one. */
async function handle(path: string): Promise<string> {
  return (await lamina.app.files.handle(path)).id
}

/** Builds an image of several layers on the base by running and committing, with the CLI. */
async function layered(name: string, bytes: number): Promise<void> {
  const file = join(dir.path, 'payload')
  await writeFile(file, randomBytes(bytes))
  const id = await daemon.dockerOk(['create', 'h4/base:1', 'true'])
  await daemon.dockerOk(['cp', file, `${id}:/payload`])
  await daemon.dockerOk(['commit', '-m', 'payload', id, name])
  await daemon.dockerOk(['rm', id])
}

describe('lists and details', () => {
  it('lists what docker images lists', async () => {
    const listed = await lamina.call('images.list', {})
    const mine = listed.find(({ repoTags }) => repoTags.includes('h4/base:1'))
    const [size] = (await daemon.api(`/images/${base}/json`).then((value) => [value])) as [
      { Size: number; Created: string },
    ]
    expect(mine).toMatchObject({ id: base, size: size.Size, usedBy: [] })
    expect(Math.abs((mine?.createdAt ?? 0) - Date.parse(size.Created))).toBeLessThan(1000)
  })

  it('joins history and layers of a built image', async () => {
    const context = join(dir.path, 'build')
    await runOk('mkdir', [context])
    await writeFile(join(context, 'a'), 'a')
    await writeFile(
      join(context, 'Dockerfile'),
      'FROM h4/base:1\nENV A=1\nCOPY a /a\nWORKDIR /w\nRUN echo b >/b\nCMD ["sh"]\nLABEL x=y\n',
    )
    const env = { DOCKER_BUILDKIT: '0' }
    await daemon.dockerOk(['build', '--network=none', '-t', 'h4/built:1', context], { env })
    const raw = (await daemon.api('/images/h4/built:1/json')) as {
      RootFS: { Layers: string[] }
    }
    const details = await lamina.call('images.inspect', { id: 'h4/built:1' })
    expect(details.raw).toEqual(raw)
    expect(details.config.env).toContain('A=1')
    expect(details.config.labels).toEqual({ x: 'y' })
    const filled = details.layers.filter(({ index }) => index !== null)
    expect(filled.map(({ diffId }) => diffId)).toEqual(raw.RootFS.Layers)
    const steps = details.layers.map(({ index, createdBy }) => [index, createdBy] as const)
    expect(steps.map(([index]) => index)).toEqual([0, null, 1, 2, 3, null, null])
    expect(steps[3]?.[1]).toContain('WORKDIR /w')
  })

  it('names an image that is not there', async () => {
    const error = await errorOf(lamina.call('images.inspect', { id: 'h4/none:1' }))
    expect(error).toMatchObject({ code: 'not_found', params: { name: 'h4/none:1' } })
  })

  it('refuses a name that would change the route', async () => {
    const error = await errorOf(lamina.call('images.inspect', { id: '../containers/x' }))
    expect(error.code).toBe('reference_invalid')
  })
})

describe('removal', () => {
  it('says before what docker rmi does, and frees', async () => {
    await layered('h4/gone:1', 300_000)
    await daemon.dockerOk(['tag', 'h4/gone:1', 'h4/gone:2'])
    const references = ['h4/gone:1', 'h4/gone:2']
    const preview = await lamina.call('images.previewRemove', { references })
    expect(preview.items[0]).toMatchObject({ untagged: ['h4/gone:1'], deletesImage: false })
    expect(preview.items[1]).toMatchObject({ untagged: ['h4/gone:2'], deletesImage: true })
    expect(preview.frees).toBe(300_000)
    const report = await lamina.call('images.remove', { references, force: false })
    expect(report.items.map(({ untagged }) => untagged)).toEqual(
      preview.items.map(({ untagged }) => untagged),
    )
    expect(report.items[1]?.deleted.length).toBeGreaterThan(0)
    expect((await daemon.docker(['image', 'inspect', 'h4/gone:2'])).code).toBe(1)
  })

  it('names the container in the way, and goes on with the rest', async () => {
    await layered('h4/used:1', 1000)
    await layered('h4/free:1', 1000)
    const container = await daemon.dockerOk(['create', '--name', 'h4-user', 'h4/used:1', 'true'])
    try {
      const references = ['h4/used:1', 'h4/free:1']
      const preview = await lamina.call('images.previewRemove', { references })
      expect(preview.items[0]?.blockers).toEqual([
        { id: container, name: 'h4-user', state: 'created' },
      ])
      const { items } = await lamina.call('images.remove', { references, force: false })
      expect(items[0]?.error?.code).toBe('conflict')
      expect(items[1]).toMatchObject({ untagged: ['h4/free:1'], error: null })
    } finally {
      await daemon.dockerOk(['rm', container])
      await daemon.dockerOk(['rmi', 'h4/used:1'])
    }
  })

  it('knows that a parent image stays for its child', async () => {
    await layered('h4/child:1', 1000)
    const preview = await lamina.call('images.previewRemove', { references: ['h4/base:1'] })
    expect(preview.items[0]).toMatchObject({ deletesImage: false, frees: 0 })
    await daemon.dockerOk(['rmi', 'h4/child:1'])
  })
})

describe('push and pull', () => {
  it('pushes with progress and a digest, and pulls it back', async () => {
    await layered('h4/app:1', 5_000_000)
    const details = await lamina.call('images.inspect', { id: 'h4/app:1' })
    const reference = `${registry.address}/mhk/app:1`
    const pushed = await lamina.task('images.push', { image: details.id, reference, direct: false })
    expect(pushed).toMatchObject({ state: 'done', error: null, kind: 'push' })
    expect(pushed.items).toHaveLength(2)
    expect(pushed.items.every(({ state }) => state === 'done')).toBe(true)
    expect(pushed.items.reduce((sum, { done }) => sum + done, 0)).toBeGreaterThan(5_000_000)
    const manifest = await registry.request('/v2/mhk/app/manifests/1', {
      headers: { accept: 'application/vnd.docker.distribution.manifest.v2+json' },
    })
    const digest = `sha256:${createHash('sha256').update(manifest.body).digest('hex')}`
    expect(pushed.result?.digest).toBe(digest)

    await daemon.dockerOk(['rmi', reference, 'h4/app:1'])
    const pulled = await lamina.task('images.pull', { reference })
    expect(pulled).toMatchObject({ state: 'done', result: { imageId: details.id, digest } })
    expect(pulled.items.map(({ state }) => state).sort()).toEqual(['done', 'exists'])
    const again = await lamina.task('images.push', { image: details.id, reference, direct: false })
    expect(again.items.every(({ state }) => state === 'exists')).toBe(true)
  })

  it('throttles what it tells of a task', async () => {
    const changes = lamina.events.filter(({ name }) => name === 'task.changed')
    const byTask = new Map<string, number>()
    for (const { payload } of changes) {
      const { id } = payload as { id: string }
      byTask.set(id, (byTask.get(id) ?? 0) + 1)
    }
    for (const task of await lamina.call('tasks.list', {})) {
      const seconds = ((task.endedAt ?? Date.now()) - task.startedAt) / 1000
      expect(byTask.get(task.id) ?? 0).toBeLessThanOrEqual(3 + 10 * seconds)
    }
  })

  it('takes its tag back when nobody answers', async () => {
    const reference = '127.0.0.1:1/a/b:1'
    const failed = await lamina.task('images.push', { image: base, reference, direct: false })
    expect(failed).toMatchObject({
      state: 'failed',
      error: { code: 'registry_unreachable', params: { address: '127.0.0.1:1' } },
    })
    expect((await daemon.docker(['image', 'inspect', reference])).code).toBe(1)
    expect((await daemon.docker(['image', 'inspect', base])).code).toBe(0)
  })

  it('puts a tag back where it stood when the push fails', async () => {
    await layered('h4/other:1', 1000)
    const reference = '127.0.0.1:1/a/moved:1'
    await daemon.dockerOk(['tag', base, reference])
    const other = await lamina.call('images.inspect', { id: 'h4/other:1' })
    await lamina.task('images.push', { image: other.id, reference, direct: false })
    expect((await lamina.call('images.inspect', { id: reference })).id).toBe(base)
    await daemon.dockerOk(['rmi', reference, 'h4/other:1'])
  })

  it('stops a push when it is cancelled, and takes its tag back', async () => {
    await layered('h4/large:1', 120_000_000)
    const { id } = await lamina.call('images.inspect', { id: 'h4/large:1' })
    const reference = `${registry.address}/mhk/large:1`
    const task = await lamina.call('images.push', { image: id, reference, direct: false })
    await lamina.taskWhen(task, ({ items }) => items.some(({ done }) => done > 1_000_000))
    await lamina.call('tasks.cancel', { id: task })
    const ended = await lamina.taskWhen(task, ({ state }) => state !== 'running')
    expect(ended).toMatchObject({ state: 'cancelled', error: null, result: null })
    expect((await daemon.docker(['image', 'inspect', reference])).code).toBe(1)
    const answer = await registry.request('/v2/mhk/large/manifests/1')
    expect(answer.status).toBe(404)
    await daemon.dockerOk(['rmi', 'h4/large:1'])
  })

  it('says that a registry has no such image', async () => {
    const reference = `${registry.address}/mhk/none:1`
    const failed = await lamina.task('images.pull', { reference })
    expect(failed.error).toMatchObject({
      code: 'manifest_unknown',
      params: { address: registry.address, reference },
    })
  })
})

describe('archives', () => {
  it('saves what docker loads, and loads it back', async () => {
    const path = join(dir.path, 'saved.tar')
    const file = await handle(path)
    const saved = await lamina.task('images.save', { references: ['h4/base:1'], file })
    expect(saved).toMatchObject({ state: 'done', result: { file: { name: 'saved.tar' } } })
    expect(saved.result?.file?.size).toBe((await stat(path)).size)
    await daemon.dockerOk(['tag', base, 'h4/keep:1'])
    await daemon.dockerOk(['rmi', 'h4/base:1'])
    const loaded = await lamina.task('images.load', { file })
    expect(loaded).toMatchObject({
      state: 'done',
      result: { references: ['h4/base:1'], imageId: base },
    })
    await daemon.dockerOk(['rmi', 'h4/keep:1'])
  })

  it('leaves no part of a file when a save fails or is cancelled', async () => {
    const folder = join(dir.path, 'out')
    await runOk('mkdir', [folder])
    const file = await handle(join(folder, 'x.tar'))
    const failed = await lamina.task('images.save', { references: ['h4/none:1'], file })
    expect(failed).toMatchObject({ state: 'failed', error: { code: 'not_found' } })
    await layered('h4/large:2', 200_000_000)
    const task = await lamina.call('images.save', { references: ['h4/large:2'], file })
    await lamina.taskWhen(task, ({ items }) => (items[0]?.done ?? 0) > 0)
    await lamina.call('tasks.cancel', { id: task })
    const ended = await lamina.taskWhen(task, ({ state }) => state !== 'running')
    expect(ended.state).toBe('cancelled')
    expect(await readdir(folder)).toEqual([])
    await daemon.dockerOk(['rmi', 'h4/large:2'])
  })

  it('says that the disk is full, and leaves no part', async () => {
    const mount = join(dir.path, 'small')
    await runOk('mkdir', [mount])
    await runOk('mount', ['-t', 'tmpfs', '-o', 'size=100k', 'tmpfs', mount])
    try {
      const path = join(mount, 'x.tar')
      const references = ['h4/base:1']
      const failed = await lamina.task('images.save', { references, file: await handle(path) })
      expect(failed.error).toMatchObject({ code: 'disk_full', params: { path } })
      expect(await readdir(mount)).toEqual([])
    } finally {
      await runOk('umount', [mount])
    }
  })

  it('refuses a damaged archive and one that is none', async () => {
    const path = join(dir.path, 'cut.tar')
    await writeFile(path, await readFile(join(dir.path, 'saved.tar')))
    await truncate(path, 300_000)
    const ids = async () => sortedLines(await daemon.dockerOk(['images', '-aq']))
    const before = await ids()
    const cut = await lamina.task('images.load', { file: await handle(path) })
    expect(cut.error).toMatchObject({ code: 'archive_corrupted', params: { name: 'cut.tar' } })
    const rootfs = await busyboxRootfs()
    const none = await lamina.task('images.load', { file: await handle(rootfs) })
    expect(none.error).toMatchObject({ code: 'archive_unsupported' })
    expect(await ids()).toEqual(before)
  })

  it('imports a root file system with its message', async () => {
    const file = await handle(await busyboxRootfs())
    const input = { file, reference: 'h4/imported:1', message: 'from a tar' }
    const imported = await lamina.task('images.import', input)
    expect(imported.state).toBe('done')
    const details = await lamina.call('images.inspect', { id: 'h4/imported:1' })
    expect(details.id).toBe(imported.result?.imageId)
    expect(details.layers[0]).toMatchObject({ index: 0, comment: 'from a tar' })
    expect(details.layers[0]?.size).toBe(details.size)
  })
})
