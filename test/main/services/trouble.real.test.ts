import { randomBytes } from 'node:crypto'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Engine } from '../../../src/shared/models'
import { startDockerd, type Dockerd } from '../../support/dockerd'
import { freePort, tempDir, waitFor, type TempDir } from '../../support/temp'
import { startRegistry, type TestRegistry } from '../../support/registry'
import { busyboxRootfs } from '../../support/rootfs'
import { openApp, type TestApp } from '../support'

/** A daemon of this file's own: it is killed, and it knows a registry that others do not. */
let docker: Dockerd
let lamina: TestApp
let dir: TempDir
let image: string

beforeAll(async () => {
  dir = await tempDir()
  docker = await startDockerd({ hosts: { 'registry.lab': '::1' } })
  await docker.dockerOk(['import', await busyboxRootfs(), 'trouble/base:1'])
  const file = join(dir.path, 'payload')
  await writeFile(file, randomBytes(250_000_000))
  const container = await docker.dockerOk(['create', 'trouble/base:1', 'true'])
  await docker.dockerOk(['cp', file, `${container}:/payload`])
  image = await docker.dockerOk(['commit', container, 'trouble/large:1'])
  await docker.dockerOk(['rm', container])
  lamina = await openApp({ dockerHost: docker.host, engine: 'docker' })
})

afterAll(async () => {
  await lamina.close()
  await docker.stop()
  await dir.remove()
})

const exists = async (reference: string) =>
  (await docker.docker(['image', 'inspect', reference])).code === 0

describe('a registry that is in the way', () => {
  it('speaks http where dockerd expects https', async () => {
    const registry = await startRegistry({ host: '::1' })
    try {
      const address = `registry.lab:${registry.port}`
      const reference = `${address}/a/b:1`
      const failed = await lamina.task('images.push', { image, reference, direct: false })
      expect(failed).toMatchObject({
        state: 'failed',
        error: { code: 'registry_speaks_http', params: { address } },
      })
      expect(await exists(reference)).toBe(false)
      const pulled = await lamina.task('images.pull', { reference })
      expect(pulled.error?.code).toBe('registry_speaks_http')
    } finally {
      await registry.stop()
    }
  })

  it('has a certificate that nobody trusts', async () => {
    const registry = await startRegistry({ host: '::1', tls: true, names: ['registry.lab'] })
    try {
      const reference = `registry.lab:${registry.port}/a/b:1`
      const failed = await lamina.task('images.push', { image, reference, direct: false })
      expect(failed.error?.code).toBe('registry_certificate')
    } finally {
      await registry.stop()
    }
  })

  it('wants a password, and takes only the right one', async () => {
    const users = { ann: 'right' }
    const registry = await startRegistry({ auth: { kind: 'htpasswd', users } })
    const { address } = registry
    const reference = `${address}/a/b:1`
    const save = (password: string | null, id: string | null) =>
      lamina.call('registries.save', {
        id,
        address: `http://${address}/`,
        protocol: 'http',
        username: password === null ? null : 'ann',
        password,
      })
    try {
      const without = await lamina.task('images.push', {
        image: 'trouble/base:1',
        reference,
        direct: false,
      })
      expect(without.error).toMatchObject({ code: 'registry_unauthorized', params: { address } })
      const { id } = await save('wrong', null)
      const wrong = await lamina.task('images.push', {
        image: 'trouble/base:1',
        reference,
        direct: false,
      })
      expect(wrong.error?.code).toBe('registry_unauthorized')
      expect(await exists(reference)).toBe(false)
      const saved = await save('right', id)
      expect(saved).toMatchObject({ id, address, username: 'ann', secret: { kind: 'memory' } })
      const right = await lamina.task('images.push', {
        image: 'trouble/base:1',
        reference,
        direct: false,
      })
      expect(right).toMatchObject({ state: 'done', error: null })
      await lamina.call('registries.remove', { id })
      const again = await lamina.task('images.push', {
        image: 'trouble/base:1',
        reference,
        direct: false,
      })
      expect(again.error?.code).toBe('registry_unauthorized')
      expect(JSON.stringify(lamina.events)).not.toContain('right')
    } finally {
      await registry.stop()
    }
  })
})

describe('a daemon that dies', () => {
  const state = async (): Promise<Engine['state'] | undefined> => {
    const { engines, current } = await lamina.call('engines.state', {})
    return engines.find(({ id }) => id === current)?.state
  }

  it('in mid-push ends the push, is shown as away, comes back by itself, and has no new tag', async () => {
    const registry: TestRegistry = await startRegistry()
    const reference = `${registry.address}/a/large:1`
    try {
      const task = await lamina.call('images.push', { image, reference, direct: false })
      await lamina.taskWhen(task, ({ items }) => items.some(({ done }) => done > 1_000_000))
      await docker.kill()
      const ended = await lamina.taskWhen(task, ({ state }) => state !== 'running')
      expect(ended).toMatchObject({ state: 'failed', error: { code: 'engine_lost' } })
      await waitFor('the engine to be away', async () => (await state()) === 'unreachable')
      const from = lamina.events.length
      await docker.restart()
      await waitFor('the engine to be back', async () => (await state()) === 'ready')
      await waitFor('the tag to go', async () => !(await exists(reference)))
      expect(await exists('trouble/large:1')).toBe(true)
      const kinds = () =>
        lamina.events
          .slice(from)
          .flatMap(({ name, payload }) =>
            name === 'resource.changed' ? [(payload as { kind: string }).kind] : [],
          )
      await waitFor('the lists to be fetched again', () =>
        ['image', 'container', 'volume'].every((kind) => kinds().includes(kind)),
      )
      expect(await lamina.call('images.list', {})).toHaveLength(2)
    } finally {
      await registry.stop()
    }
  })

  it('leaves no file of a save, and no image of a load', async () => {
    const path = join(dir.path, 'saved.tar')
    const file = (await lamina.app.files.handle(path)).id
    await lamina.task('images.save', { references: ['trouble/large:1'], file })
    const target = join(dir.path, 'cut.tar')
    const handle = (await lamina.app.files.handle(target)).id
    const task = await lamina.call('images.save', { references: ['trouble/large:1'], file: handle })
    await lamina.taskWhen(task, ({ items }) => (items[0]?.done ?? 0) > 1_000_000)
    await docker.kill()
    const ended = await lamina.taskWhen(task, ({ state }) => state !== 'running')
    expect(ended).toMatchObject({ state: 'failed', error: { code: 'engine_lost' } })
    expect((await readdir(dir.path)).sort()).toEqual(['payload', 'saved.tar'])
    await docker.restart()
    await docker.dockerOk(['rmi', 'trouble/large:1'])
    const load = await lamina.call('images.load', { file })
    await lamina.taskWhen(load, ({ items }) => items.some(({ done }) => done > 1_000_000))
    await docker.kill()
    const cut = await lamina.taskWhen(load, ({ state }) => state !== 'running')
    expect(cut).toMatchObject({ state: 'failed', error: { code: 'engine_lost' } })
    await docker.restart()
    expect(await exists('trouble/large:1')).toBe(false)
  })

  it('is shown when it hangs', { timeout: 60_000 }, async () => {
    await waitFor('the engine to be back', async () => (await state()) === 'ready')
    process.kill(docker.pid, 'SIGSTOP')
    try {
      await waitFor('the engine to be away', async () => (await state()) === 'unreachable')
    } finally {
      process.kill(docker.pid, 'SIGCONT')
    }
    await waitFor('the engine to be back', async () => (await state()) === 'ready')
  })
})

it('says so when nothing is at the address', async () => {
  const port = await freePort()
  const alone = await openApp({ dockerHost: `tcp://127.0.0.1:${port}`, engine: 'docker' })
  try {
    const engine = await waitFor('an answer', async () => {
      const { engines, current } = await alone.call('engines.state', {})
      return engines.find(({ id, error }) => id === current && error !== null)
    })
    expect(engine).toMatchObject({
      state: 'unreachable',
      address: `tcp://127.0.0.1:${port}`,
      error: { code: 'engine_unreachable' },
    })
  } finally {
    await alone.close()
  }
})
