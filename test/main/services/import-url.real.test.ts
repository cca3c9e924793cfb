import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sharedDaemon } from '../../support/daemon'
import { busyboxRootfs } from '../../support/rootfs'
import { waitFor } from '../../support/temp'
import { openApp, type TestApp } from '../support'

const daemon = sharedDaemon()
let server: Server
let base: string
/** Requests for `/slow.tar`, which never ends, that are still open. */
let open = 0

beforeAll(async () => {
  const rootfs = await busyboxRootfs()
  const { size } = await stat(rootfs)
  const head = (await readFile(rootfs)).subarray(0, 100_000)
  server = createServer((request, response) => {
    if (request.url === '/rootfs.tar') {
      response.writeHead(200, { 'Content-Length': size })
      createReadStream(rootfs).pipe(response)
    } else if (request.url === '/slow.tar') {
      open++
      response.on('close', () => open--)
      response.writeHead(200, { 'Content-Length': size }).write(head)
    } else response.writeHead(404).end('not here')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterAll(() => {
  server.closeAllConnections()
  server.close()
})

describe.each(['bundled', 'docker'] as const)('an import by %s from an address', (engine) => {
  let lamina: TestApp
  const name = `h4-url-${engine}:1`

  beforeAll(async () => {
    const dockerHost = engine === 'docker' ? daemon.host : undefined
    lamina = await openApp({ engine, dockerHost })
    // The sample is made when the engine is ready.
    if (engine === 'bundled') {
      await waitFor('the sample', async () => (await lamina.call('images.list', {})).length > 0)
    }
  })

  afterAll(async () => {
    await lamina.close()
    if (engine === 'docker') await daemon.docker(['rmi', '-f', name])
  })

  const input = (path: string) => ({ url: `${base}${path}`, reference: name, message: 'fetched' })
  const named = async () =>
    (await lamina.call('images.list', {})).filter(({ repoTags }) => repoTags.includes(name))

  it('makes the image and names it', async () => {
    const task = await lamina.task('images.importUrl', input('/rootfs.tar'))
    expect(task).toMatchObject({ kind: 'import', state: 'done', error: null, subject: name })
    const [item] = task.items
    expect(item).toMatchObject({ id: `${base}/rootfs.tar`, state: 'done' })
    expect(item?.total).toBeGreaterThan(500_000)
    expect(item?.done).toBe(item?.total)
    const [image] = await named()
    expect(image?.id).toBe(task.result?.imageId)
    const details = await lamina.call('images.inspect', { id: name })
    expect(details.comment).toBe('fetched')
    expect(details.layers).toHaveLength(1)
  })

  it('says what could not be fetched, and why', async () => {
    const task = await lamina.task('images.importUrl', input('/missing.tar'))
    expect(task).toMatchObject({
      state: 'failed',
      error: { code: 'download_failed', params: { url: `${base}/missing.tar` } },
    })
    expect(task.error?.params.reason).toContain('404')
  })

  it('leaves no name behind when it is cancelled', async () => {
    const before = (await named())[0]?.id
    const id = await lamina.call('images.importUrl', input('/slow.tar'))
    await waitFor('the request', () => open > 0)
    await lamina.call('tasks.cancel', { id })
    const task = await lamina.taskWhen(id, ({ state }) => state !== 'running')
    expect(task.state).toBe('cancelled')
    expect((await named())[0]?.id).toBe(before)
    if (engine === 'bundled') await waitFor('the end of the request', () => open === 0)
    else server.closeAllConnections()
  })
})
