import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sharedDaemon } from '../../support/daemon'
import { busyboxRootfs } from '../../support/rootfs'
import { sortedLines } from '../../support/run'
import { tempDir, waitFor, type TempDir } from '../../support/temp'
import { errorOf, openApp, type TestApp } from '../support'

const daemon = sharedDaemon()
const BASE = 'h4c/base:1'
let lamina: TestApp
let dir: TempDir
const made: string[] = []

beforeAll(async () => {
  dir = await tempDir()
  await daemon.dockerOk(['import', '-c', 'CMD ["sleep","1000"]', await busyboxRootfs(), BASE])
  lamina = await openApp({ dockerHost: daemon.host, engine: 'docker' })
})

afterAll(async () => {
  await lamina.close()
  await daemon.docker(['rm', '-f', '-v', ...made])
  await daemon.docker(['volume', 'rm', 'h4c-data'])
  const names = await daemon.dockerOk(['images', '--format', '{{.Repository}}:{{.Tag}}'])
  await daemon.docker(['rmi', '-f', ...names.split('\n').filter((name) => /^h4c\//.test(name))])
  await dir.remove()
})

async function run(...args: string[]): Promise<string> {
  const id = await daemon.dockerOk(['create', '--network=none', ...args])
  made.push(id)
  return id
}

async function handle(path: string): Promise<string> {
  return (await lamina.app.files.handle(path)).id
}

describe('a container', () => {
  it('is created, listed, started, stopped and removed', async () => {
    const { id } = await lamina.call('containers.create', {
      image: BASE,
      name: 'h4c-one',
      command: ['sh', '-c', 'trap "exit 3" TERM; echo up; while true; do sleep 0.1; done'],
    })
    made.push(id)
    const find = async () =>
      (await lamina.call('containers.list', {})).find((container) => container.id === id)
    expect(await find()).toMatchObject({ name: 'h4c-one', image: BASE, state: 'created' })
    const images = await lamina.call('images.list', {})
    const base = images.find(({ repoTags }) => repoTags.includes(BASE))
    expect(base?.usedBy).toContain('h4c-one')
    await lamina.call('containers.start', { id })
    expect(await find()).toMatchObject({ state: 'running' })
    const up = async () => (await daemon.dockerOk(['logs', id])).includes('up')
    await waitFor('its first line', up)
    await lamina.call('containers.stop', { id })
    await lamina.call('containers.stop', { id }) // as docker stop: not running is no error
    expect(await lamina.call('containers.inspect', { id })).toMatchObject({
      state: 'exited',
      exitCode: 3,
    })
    const taken = lamina.call('containers.create', { image: BASE, name: 'h4c-one', command: [] })
    expect(await errorOf(taken)).toMatchObject({
      code: 'name_in_use',
      params: { name: 'h4c-one' },
    })
    await lamina.call('containers.remove', { id, force: false, volumes: false })
    expect(await find()).toBeUndefined()
    const gone = lamina.call('containers.inspect', { id })
    expect((await errorOf(gone)).code).toBe('not_found')
  })

  it('shows its mounts exactly as docker inspect does', async () => {
    const id = await run(
      ...['-v', `${dir.path}:/rw`, '-v', `${dir.path}:/ro:ro`, '-v', 'h4c-data:/data:rw'],
      BASE,
    )
    const printed: unknown = JSON.parse(
      await daemon.dockerOk(['inspect', '-f', '{{json .Mounts}}', id]),
    )
    const details = await lamina.call('containers.inspect', { id })
    const byDestination = (a: unknown, b: unknown) =>
      (JSON.stringify(a) ?? '') < (JSON.stringify(b) ?? '') ? -1 : 1
    expect([...(details.rawMounts as unknown[])].sort(byDestination)).toEqual(
      [...(printed as unknown[])].sort(byDestination),
    )
    const at = (path: string) => details.mounts.find(({ destination }) => destination === path)
    expect(at('/rw')).toMatchObject({ type: 'bind', source: dir.path, rw: true, name: null })
    expect(at('/ro')).toMatchObject({ type: 'bind', mode: 'ro', rw: false })
    expect(at('/data')).toMatchObject({ type: 'volume', name: 'h4c-data', driver: 'local' })
    const volumes = await lamina.call('volumes.list', {})
    expect(volumes.find(({ name }) => name === 'h4c-data')?.usedBy).toMatchObject([
      { id, destination: '/data' },
    ])
  })
})

describe('commit', () => {
  it('writes author, message and name, and the files are in the image', async () => {
    const id = await run(BASE)
    const file = join(dir.path, 'added.txt')
    await writeFile(file, 'added by Lamina\n', { mode: 0o640 })
    const files = [await handle(file)]
    const copied = await lamina.task('containers.putFiles', { id, path: '/etc', files })
    expect(copied).toMatchObject({ state: 'done', subject: 'added.txt' })
    expect(copied.items).toMatchObject([{ id: 'added.txt', state: 'done', done: 16, total: 16 }])
    const committed = await lamina.task('containers.commit', {
      id,
      reference: 'h4c/done:1.3',
      author: '马 <ma@example.com>',
      message: 'add a file',
      pause: true,
    })
    expect(committed).toMatchObject({ state: 'done', result: { reference: 'h4c/done:1.3' } })
    const image = (await daemon.api('/images/h4c/done:1.3/json')) as Record<string, unknown>
    expect(image).toMatchObject({
      Id: committed.result?.imageId,
      Author: '马 <ma@example.com>',
      Comment: 'add a file',
    })
    const other = await run('h4c/done:1.3')
    const out = join(dir.path, 'out.txt')
    await daemon.dockerOk(['cp', `${other}:/etc/added.txt`, out])
    const listed = await daemon.dockerOk(['diff', id])
    expect(listed).toContain('A /etc/added.txt')
  })

  it('leaves nothing behind when it is cancelled', async () => {
    const id = await run(BASE)
    // Enough to commit that the cancel comes before the end.
    const large = join(dir.path, 'large')
    await writeFile(large, Buffer.alloc(256 << 20))
    await daemon.dockerOk(['cp', large, `${id}:/large`])
    const images = async () => sortedLines(await daemon.dockerOk(['images', '-aq', '--no-trunc']))
    const before = await images()
    const input = { id, reference: 'h4c/cancelled:1', author: '', message: '', pause: false }
    const task = await lamina.call('containers.commit', input)
    await lamina.call('tasks.cancel', { id: task })
    const ended = await lamina.taskWhen(task, ({ state }) => state !== 'running')
    expect(ended).toMatchObject({ state: 'cancelled', result: null })
    expect(await images()).toEqual(before)
  })

  it('refuses a name that is none, before anything is done', async () => {
    const id = await run(BASE)
    const input = { id, reference: 'H4C/Upper:1', author: '', message: '', pause: false }
    // The first part with capitals is a host; its path is not a repository's.
    const error = await errorOf(
      lamina.call('containers.commit', { ...input, reference: 'h4c/Upper:1' }),
    )
    expect(error).toMatchObject({ code: 'reference_invalid', params: { reference: 'h4c/Upper:1' } })
  })
})

describe('files', () => {
  it('names a folder that is not there, and a file that has gone', async () => {
    const id = await run(BASE)
    const file = join(dir.path, 'some.txt')
    await writeFile(file, 'x')
    const files = [await handle(file)]
    const nowhere = await lamina.task('containers.putFiles', { id, path: '/none', files })
    expect(nowhere.error?.code).toBe('not_found')
    const gone = [await handle(join(dir.path, 'gone.txt'))]
    const missing = await lamina.task('containers.putFiles', { id, path: '/', files: gone })
    expect(missing.error?.code).toBe('file_missing')
  })

  it('copies a large file without cutting it', async () => {
    const id = await run(BASE)
    const file = join(dir.path, 'large.bin')
    await writeFile(file, Buffer.alloc(30_000_001, 7))
    const files = [await handle(file)]
    const copied = await lamina.task('containers.putFiles', { id, path: '/tmp', files })
    expect(copied.state).toBe('done')
    const out = join(dir.path, 'large.out')
    await daemon.dockerOk(['cp', `${id}:/tmp/large.bin`, out])
    expect(
      await waitFor('the copy', () => import('node:fs/promises').then((fs) => fs.stat(out))),
    ).toMatchObject({ size: 30_000_001 })
  })

  it('does not delete files in a container of a daemon', async () => {
    const id = await run(BASE)
    const error = await errorOf(lamina.call('containers.deleteFile', { id, path: '/bin/ls' }))
    expect(error.code).toBe('engine_refused')
  })
})

it('is told of changes that others make', async () => {
  const from = lamina.events.length
  await run('--name', 'h4c-event', BASE)
  await waitFor('the event', () =>
    lamina.events
      .slice(from)
      .some(
        ({ name, payload }) =>
          name === 'resource.changed' && (payload as { kind: string }).kind === 'container',
      ),
  )
})
