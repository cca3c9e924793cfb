import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { forkEngine } from '../../../src/main/browser/engine-launcher'
import type { LaunchEngine } from '../../../src/main/services/platform'
import type { Engine, OpenedTree, TreeSource, TreeSummary } from '../../../src/shared/models'
import { sharedDaemon } from '../../support/daemon'
import { ENGINE_ENTRY } from '../../support/engine'
import { startRegistry } from '../../support/registry'
import { busyboxRootfs } from '../../support/rootfs'
import { run } from '../../support/run'
import { tempDir, waitFor, type TempDir } from '../../support/temp'
import { errorOf, openApp, type TestApp } from '../support'

/** The real engine process under the real main; no daemon but where a test says so. */
const daemon = sharedDaemon()
let dir: TempDir
let lamina: TestApp

beforeAll(async () => {
  dir = await tempDir()
  lamina = await openApp({ home: join(dir.path, 'home'), engine: 'bundled' })
  await waitFor('the sample', async () => (await lamina.call('images.list', {})).length > 0)
})

afterAll(async () => {
  await lamina.close()
  await dir.remove()
})

async function engineOf(app: TestApp): Promise<Engine> {
  const { engines, current } = await app.call('engines.state', {})
  return engines.find(({ id }) => id === current) as Engine
}

async function openTree(app: TestApp, source: TreeSource): Promise<TreeSummary> {
  const opened: OpenedTree = await app.call('trees.open', { source })
  if (opened.state === 'ready') return opened.summary
  const task = await app.taskWhen(opened.task, ({ state }) => state !== 'running')
  expect(task).toMatchObject({ kind: 'index', state: 'done', error: null })
  return task.result?.summary as TreeSummary
}

describe('the bundled engine', () => {
  it('is what is used where no daemon answers, and the CLI is told how to reach it', async () => {
    const engine = await engineOf(lamina)
    expect(engine).toMatchObject({
      kind: 'bundled',
      state: 'ready',
      canRun: false,
      cliArgs: ['-H', engine.address],
      rootDir: join(lamina.home, 'engine'),
    })
    const printed = await run('docker', [
      ...engine.cliArgs,
      'images',
      '--format',
      '{{.Repository}}',
    ])
    expect(printed).toMatchObject({ code: 0, stdout: 'lamina/sample\n' })
  })

  it('offers the sample once: whoever removes it is not given it again', async () => {
    const [sample] = await lamina.call('images.list', {})
    const { layers } = await lamina.call('images.inspect', { id: sample?.id as string })
    expect(layers.filter(({ index }) => index !== null)).toHaveLength(4)
    const references = ['lamina/sample:latest']
    await lamina.call('images.remove', { references, force: false })
    await lamina.close()
    lamina = await openApp({ home: join(dir.path, 'home') })
    await waitFor('the engine', async () => (await engineOf(lamina)).state === 'ready')
    expect(await lamina.call('images.list', {})).toEqual([])
    const settings: unknown = JSON.parse(await readFile(join(lamina.home, 'settings.json'), 'utf8'))
    expect(settings).toMatchObject({ sampleMade: true })
  })

  it('does not run containers, and says what to do', async () => {
    const file = (await lamina.app.files.handle(await busyboxRootfs())).id
    const imported = await lamina.task('images.import', { file, reference: 'b/x:1', message: 'm' })
    expect(imported.state).toBe('done')
    const { id } = await lamina.call('containers.create', {
      image: 'b/x:1',
      name: 'still',
      command: ['sh'],
    })
    const error = await errorOf(lamina.call('containers.start', { id }))
    expect(error.code).toBe('engine_cannot_run')
  })

  it('takes files in and away, and commits what changed', async () => {
    const [container] = await lamina.call('containers.list', {})
    const id = container?.id as string
    const path = join(dir.path, 'note.txt')
    await writeFile(path, 'note')
    const files = [(await lamina.app.files.handle(path)).id]
    expect((await lamina.task('containers.putFiles', { id, path: '/etc', files })).state).toBe(
      'done',
    )
    await lamina.call('containers.deleteFile', { id, path: '/bin/cat' })
    const changes = await openTree(lamina, { kind: 'changes', container: id })
    expect(changes).toMatchObject({ added: 1, deleted: 1 })
    const { nodes } = await lamina.call('trees.children', {
      tree: changes.tree,
      path: 'bin',
      offset: 0,
      limit: 10,
    })
    expect(nodes).toMatchObject([{ path: 'bin/cat', change: 'deleted', size: null }])
    const input = { id, reference: 'b/y:2', author: 'a', message: 'm', pause: true }
    const committed = await lamina.task('containers.commit', input)
    expect(committed.state).toBe('done')
    const { layers } = await lamina.call('images.inspect', { id: 'b/y:2' })
    expect(layers.filter(({ index }) => index !== null)).toHaveLength(2)
    const tree = await openTree(lamina, { kind: 'layer', image: 'b/y:2', layer: 1 })
    const found = await lamina.call('trees.search', { tree: tree.tree, query: '*.txt', limit: 5 })
    expect(found.nodes.map((node) => node.path)).toEqual(['etc/note.txt'])
    expect(await lamina.call('images.previewRemove', { references: ['b/y:2'] })).toMatchObject({
      items: [{ deletesImage: true, blockers: [] }],
      frees: 4,
    })
  })

  it('pushes to an http registry that the user saved, and reads it back', async () => {
    const registry = await startRegistry()
    const { address } = registry
    try {
      const input = { id: null, address, protocol: 'http', username: null, password: null } as const
      const probe = await lamina.call('registries.test', input)
      expect(probe).toEqual({ auth: 'none', signedIn: null, catalog: true })
      const { id } = await lamina.call('registries.save', input)
      const reference = `${address}/team/y:2`
      const pushed = await lamina.task('images.push', { image: 'b/y:2', reference, direct: false })
      expect(pushed).toMatchObject({ state: 'done', error: null })
      const manifest = await registry.request('/v2/team/y/manifests/2', {
        method: 'HEAD',
        headers: {
          accept:
            'application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json',
        },
      })
      expect(manifest.headers['docker-content-digest']).toBe(pushed.result?.digest)
      const page = { id, after: null, limit: 10 }
      expect(await lamina.call('registries.repositories', page)).toEqual({
        repositories: ['team/y'],
        next: null,
      })
      expect(await lamina.call('registries.tags', { id, repository: 'team/y' })).toEqual(['2'])
      const wrong = await errorOf(lamina.call('registries.test', { ...input, protocol: 'https' }))
      expect(wrong).toMatchObject({ code: 'registry_speaks_http', params: { address } })
    } finally {
      await registry.stop()
    }
  })

  it('says that a password is wrong, and never gives one back', async () => {
    const registry = await startRegistry({ auth: { kind: 'htpasswd', users: { ann: 'right' } } })
    const { address } = registry
    const input = { id: null, address, protocol: 'http', username: 'ann' } as const
    try {
      const wrong = await lamina.call('registries.test', { ...input, password: 'wrong' })
      expect(wrong).toMatchObject({ auth: 'basic', signedIn: false, catalog: false })
      const saved = await lamina.call('registries.save', { ...input, password: 'right' })
      const again = { ...input, password: null, id: saved.id }
      const kept = await lamina.call('registries.test', again)
      expect(kept).toMatchObject({ auth: 'basic', signedIn: true })
      const listed = await lamina.call('registries.list', {})
      expect(JSON.stringify([saved, listed, lamina.events])).not.toContain('right')
      expect(await readFile(join(lamina.home, 'registries.json'), 'utf8')).not.toContain('right')
    } finally {
      await registry.stop()
    }
  }, 60_000)
})

describe('its process', () => {
  it('is started again when it dies, and keeps what it had', async () => {
    const started: number[] = []
    const launch: LaunchEngine = (args) => {
      started.push(Date.now())
      return forkEngine(ENGINE_ENTRY)(args)
    }
    const home = join(dir.path, 'second')
    const app = await openApp({ home, engine: 'bundled', platform: { launchEngine: launch } })
    try {
      await waitFor('the sample', async () => (await app.call('images.list', {})).length > 0)
      const before = await app.call('images.list', {})
      const pid = await run('pgrep', ['-f', `engine.cjs --root ${home}/engine`])
      process.kill(Number(pid.stdout.trim()), 'SIGKILL')
      await waitFor('its return', () => started.length === 2)
      await waitFor('it to be ready', async () => (await engineOf(app)).state === 'ready')
      expect(await app.call('images.list', {})).toEqual(before)
    } finally {
      await app.close()
    }
    const left = await run('pgrep', ['-f', `engine.cjs --root ${home}/engine`])
    expect(left.stdout).toBe('')
  })

  it('says that another one has the store', async () => {
    const other = await openApp({ home: lamina.home, engine: 'bundled' })
    try {
      const engine = await waitFor('an answer', async () => {
        const found = await engineOf(other)
        return found.error && found
      })
      expect(engine).toMatchObject({ state: 'unreachable', error: { code: 'root_locked' } })
      expect((await engineOf(lamina)).state).toBe('ready')
      expect(await lamina.call('images.list', {})).not.toEqual([])
    } finally {
      await other.close()
    }
    expect(existsSync((await engineOf(lamina)).address.replace('unix://', ''))).toBe(true)
  })
})

describe('trees of a daemon', () => {
  it('come through the engine’s process: layers, images and changes', async () => {
    const app = await openApp({ dockerHost: daemon.host, engine: 'docker' })
    const name = 'h4t/base:1'
    await daemon.dockerOk(['import', await busyboxRootfs(), name])
    const container = await daemon.dockerOk(['create', name, 'sh'])
    try {
      const path = join(dir.path, 'note.txt')
      await writeFile(path, 'note')
      await daemon.dockerOk(['cp', path, `${container}:/etc/note.txt`])
      const layer = await openTree(app, { kind: 'layer', image: name, layer: 0 })
      expect(layer.entries).toBeGreaterThan(10)
      const image = await openTree(app, { kind: 'image', image: name })
      expect(image.entries).toBe(layer.entries)
      const changes = await openTree(app, { kind: 'changes', container })
      expect(changes).toMatchObject({ added: 1, bytes: 4 })
      const gone = app.call('trees.open', { source: { kind: 'image', image: 'h4t/none:1' } })
      expect((await errorOf(gone)).code).toBe('not_found')
    } finally {
      await app.close()
      await daemon.docker(['rm', container])
      await daemon.docker(['rmi', name])
    }
  })
})
