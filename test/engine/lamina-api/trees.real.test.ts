import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { createServer, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { OpenTreeLine, OpenTreeRequest } from '@shared/lamina-api'
import type { TreePage, TreeSource, TreeSummary } from '@shared/models'
import { createRouter } from '../../../src/engine/docker-api/http/router'
import { importRootfs } from '../../../src/engine/image/import'
import { openStore } from '../../../src/engine/image/store'
import type { Store } from '../../../src/engine/image/types'
import { treeRoutes } from '../../../src/engine/lamina-api/trees'
import type { PathChange } from '../../../src/engine/lamina-api/trees/change-tree'
import { hostPlatform } from '../../../src/engine/transfer/platform'
import { sharedDaemon } from '../../support/daemon'
import { startDockerd, type Dockerd } from '../../support/dockerd'
import { busyboxRootfs } from '../../support/rootfs'
import { tempDir } from '../../support/temp'

interface Client {
  store: Store
  root: string
  open(source: TreeSource, socketPath: string | null, options?: Exchange): Promise<Opened>
  children(tree: string, path: string, page?: string): Promise<TreePage>
  search(tree: string, query: string): Promise<TreePage>
  get(path: string): Promise<{ status: number; body: unknown }>
}

interface Exchange {
  signal?: AbortSignal
  /** Hears of each piece of the answer. */
  onText?: () => void
}

interface Opened {
  status: number
  lines: OpenTreeLine[]
}

/** The tree routes alone, over a real store in a folder of its own. */
async function startTrees(changes: PathChange[] = []): Promise<Client> {
  const dir = await tempDir()
  const store = await openStore(dir.path)
  const routes = treeRoutes({ store, containerChanges: async (id) => ({ id, changes }) })
  const api = { current: 41, oldest: 24, newest: 41 }
  const server = createServer(createRouter(routes, { api, headers: {} }))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    await store.close()
    await dir.remove()
  })
  const { port } = server.address() as AddressInfo
  const send = (method: string, path: string, body?: unknown, options?: Exchange) =>
    exchange(port, method, `/lamina/v1/trees${path}`, body, options)
  const get = async (path: string) => {
    const { status, text } = await send('GET', path)
    return { status, body: JSON.parse(text) as unknown }
  }
  return {
    store,
    root: dir.path,
    async open(source, socketPath, options) {
      const request: OpenTreeRequest = { source, daemon: socketPath ? { socketPath } : null }
      const { status, text } = await send('POST', '', request, options)
      const lines = text.split('\r\n').filter(Boolean)
      return { status, lines: lines.map((line) => JSON.parse(line) as OpenTreeLine) }
    },
    get,
    children: async (tree, path, page = '') =>
      (await get(`/${tree}/children?path=${encodeURIComponent(path)}${page}`)).body as TreePage,
    search: async (tree, query) =>
      (await get(`/${tree}/search?limit=100&query=${encodeURIComponent(query)}`)).body as TreePage,
  }
}

function exchange(
  port: number,
  method: string,
  path: string,
  body?: unknown,
  { signal, onText }: Exchange = {},
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const req = httpRequest(
      { port, host: '127.0.0.1', method, path, ...(signal ? { signal } : {}) },
      (res) => {
        let text = ''
        res.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk
          onText?.()
        })
        res.on('end', () => resolve({ status: res.statusCode ?? 0, text }))
        res.on('error', reject)
      },
    )
    req.on('error', reject)
    req.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

function summaryOf({ lines }: Opened): TreeSummary {
  const last = lines.at(-1)
  if (!last || !('summary' in last)) throw new Error(`no summary: ${JSON.stringify(lines)}`)
  return last.summary
}

/** busybox, then a layer that adds, changes and deletes: `IMAGE:2` has two layers. */
async function makeImages(daemon: Pick<Dockerd, 'dockerOk'>, name: string): Promise<void> {
  await daemon.dockerOk(['import', await busyboxRootfs(), `${name}:1`])
  const script =
    'mkdir -p /data/sub && echo hello > /data/sub/hello.txt && busybox ln -sf sh /bin/ls && rm /bin/vi'
  const made = `${name}-made`
  await daemon.dockerOk(['run', '--name', made, `${name}:1`, '/bin/sh', '-c', script])
  await daemon.dockerOk(['commit', made, `${name}:2`])
  onTestFinished(async () => {
    await daemon.dockerOk(['rm', '-f', made])
    await daemon.dockerOk(['rmi', `${name}:2`, `${name}:1`])
  })
}

const marks = ({ nodes }: TreePage) => nodes.map(({ path, change }) => [path, change])

describe('trees of a Docker daemon', () => {
  it('indexes an image once, and shows a layer against those below it', async () => {
    const daemon = sharedDaemon()
    await makeImages(daemon, 'trees-a')
    const trees = await startTrees()
    const source = { kind: 'layer', image: 'trees-a:2', layer: 1 } as const
    const first = await trees.open(source, daemon.socketPath)
    expect(first.lines.length).toBeGreaterThan(1)
    expect(first.lines[0]).toHaveProperty('progress')
    const { tree, added, deleted } = summaryOf(first)
    expect(added).toBeGreaterThanOrEqual(3)
    expect(deleted).toBe(1)
    const data = await trees.children(tree, 'data/sub')
    expect(data.nodes).toMatchObject([
      { name: 'hello.txt', type: 'file', change: 'added', size: 6, mode: 0o644, uid: 0 },
    ])
    expect(
      (await trees.children(tree, '')).nodes.find(({ name }) => name === 'data'),
    ).toMatchObject({ type: 'directory', change: 'added', size: 6, children: 1 })
    expect(marks(await trees.children(tree, 'bin'))).toEqual([
      ['bin/ls', 'changed'],
      ['bin/vi', 'deleted'],
    ])
    expect((await trees.search(tree, 'vi')).nodes).toMatchObject([
      { path: 'bin/vi', change: 'deleted', size: null },
    ])

    const again = await trees.open(source, daemon.socketPath)
    expect(again.lines).toHaveLength(1)
    expect(summaryOf(again)).toEqual(summaryOf(first))

    const whole = await trees.open({ kind: 'image', image: 'trees-a:2' }, daemon.socketPath)
    expect(whole.lines).toHaveLength(1)
    const merged = summaryOf(whole).tree
    expect((await trees.search(merged, 'bin/vi')).total).toBe(0)
    expect((await trees.search(merged, 'hello.*')).total).toBe(1)
    const root = await trees.children(merged, '')
    const types = root.nodes.map(({ type }) => type === 'directory')
    expect(types).toEqual([...types].sort((a, b) => Number(b) - Number(a)))
  })

  it('uses the base layer again for another image, after a restart too', async () => {
    const daemon = sharedDaemon()
    await makeImages(daemon, 'trees-b')
    const trees = await startTrees()
    await trees.open({ kind: 'image', image: 'trees-b:2' }, daemon.socketPath)
    const base = await trees.open(
      { kind: 'layer', image: 'trees-b:1', layer: 0 },
      daemon.socketPath,
    )
    expect(base.lines).toHaveLength(1)
    expect(summaryOf(base).added).toBe(summaryOf(base).entries)
    const kept = join(trees.root, 'daemon-layers', 'sha256')
    expect((await readdir(kept)).length).toBe(2)
  })

  it('gives a container’s changes with sizes, modes and owners', async () => {
    const daemon = sharedDaemon()
    await makeImages(daemon, 'trees-c')
    const trees = await startTrees()
    const opened = await trees.open(
      { kind: 'changes', container: 'trees-c-made' },
      daemon.socketPath,
    )
    const { tree, entries, deleted } = summaryOf(opened)
    const diff = (await daemon.dockerOk(['diff', 'trees-c-made'])).split('\n')
    expect(entries).toBe(diff.length)
    expect(deleted).toBe(1)
    const letters = { added: 'A', changed: 'C', deleted: 'D' }
    const all = (await trees.search(tree, '/')).nodes
    const found = [...(await trees.children(tree, '')).nodes, ...all]
    const lines = found.flatMap(({ path, change }) =>
      change ? [`${letters[change]} /${path}`] : [],
    )
    expect([...new Set(lines)].sort()).toEqual([...diff].sort())
    expect((await trees.children(tree, 'data/sub')).nodes).toMatchObject([
      { name: 'hello.txt', size: 6, mode: 0o644, uid: 0, gid: 0, change: 'added' },
    ])
    expect((await trees.children(tree, 'bin')).nodes).toMatchObject([
      { name: 'ls', type: 'symlink', change: 'changed', linkTarget: 'sh' },
      { name: 'vi', change: 'deleted', size: null },
    ])
  })

  it('opens changes that are none', async () => {
    const daemon = sharedDaemon()
    await makeImages(daemon, 'trees-d')
    await daemon.dockerOk(['create', '--name', 'trees-d-still', 'trees-d:1', '/bin/true'])
    onTestFinished(() => void daemon.docker(['rm', 'trees-d-still']))
    const trees = await startTrees()
    const opened = await trees.open(
      { kind: 'changes', container: 'trees-d-still' },
      daemon.socketPath,
    )
    expect(summaryOf(opened).entries).toBe(0)
  })

  it('answers 404 for what is not there, and says when the daemon is not', async () => {
    const daemon = sharedDaemon()
    const trees = await startTrees()
    expect((await trees.open({ kind: 'image', image: 'no/such' }, daemon.socketPath)).status).toBe(
      404,
    )
    const gone = await trees.open({ kind: 'image', image: 'a' }, '/tmp/no-such.sock')
    expect(gone.lines[0]).toMatchObject({ error: { code: 'engine_unreachable' } })
    expect(await trees.get('/layer-0123/children?path=')).toMatchObject({
      status: 404,
      body: { error: { code: 'not_found' } },
    })
  })

  it('ends with engine_lost when the daemon dies, keeps nothing half, and works again later', async () => {
    const dockerd = await startDockerd()
    onTestFinished(() => dockerd.stop())
    await makeBig(dockerd)
    const trees = await startTrees()
    let killed: Promise<void> | null = null
    const onText = () => (killed ??= dockerd.kill())
    const opened = await trees.open({ kind: 'image', image: 'big' }, dockerd.socketPath, { onText })
    await killed
    expect(opened.lines.at(-1)).toMatchObject({ error: { code: 'engine_lost' } })
    const kept = await readdir(join(trees.root, 'daemon-layers', 'sha256')).catch(() => [])
    expect(kept.every((name) => name.endsWith('.index'))).toBe(true)
    expect(kept.length).toBeLessThan(2)
    await dockerd.restart()
    expect(
      summaryOf(await trees.open({ kind: 'image', image: 'big' }, dockerd.socketPath)).entries,
    ).toBeGreaterThan(0)
  })

  it('stops when its client goes away', async () => {
    const daemon = sharedDaemon()
    await makeImages(daemon, 'trees-e')
    const trees = await startTrees()
    const gone = new AbortController()
    const opening = trees.open({ kind: 'image', image: 'trees-e:2' }, daemon.socketPath, {
      signal: gone.signal,
    })
    gone.abort()
    await expect(opening).rejects.toThrow()
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(
      summaryOf(await trees.open({ kind: 'image', image: 'trees-e:2' }, daemon.socketPath)).entries,
    ).toBeGreaterThan(0)
  })
})

describe('trees of the bundled engine', () => {
  it('opens an image of the store at once', async () => {
    const trees = await startTrees([{ path: 'etc/gone', change: 'deleted', entry: null }])
    const tar = createReadStream(await busyboxRootfs())
    await importRootfs(trees.store, tar as AsyncIterable<Buffer>, {
      reference: 'docker.io/library/bundled:1',
      ...{ message: '', source: '-', changes: [] },
      platform: hostPlatform(),
    })
    const image = await trees.open({ kind: 'image', image: 'bundled:1' }, null)
    expect((await trees.search(summaryOf(image).tree, 'busybox')).total).toBeGreaterThan(0)
    const outside = await trees.open({ kind: 'layer', image: 'bundled:1', layer: 7 }, null)
    expect(outside.status).toBe(404)
    const changes = summaryOf(await trees.open({ kind: 'changes', container: 'c' }, null))
    expect(changes.deleted).toBe(1)
  })
})

/** An image whose saving takes a while. */
async function makeBig(dockerd: Dockerd): Promise<void> {
  await dockerd.dockerOk(['import', await busyboxRootfs(), 'small'])
  const fill = 'dd if=/dev/urandom of=/big bs=1M count=150'
  await dockerd.dockerOk(['run', '--name', 'fill', 'small', '/bin/sh', '-c', fill])
  await dockerd.dockerOk(['commit', 'fill', 'big'])
}
