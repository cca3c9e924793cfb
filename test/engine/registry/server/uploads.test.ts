/** Uploads that break, come back, cheat or crawl; what is left of them after a restart. */
import { readdir, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { waitFor } from '../../../support/temp'
import { temporaryFolders } from '../../blob/temporary-root'
import { codes, content, digestOf, RegistryUnderTest } from './conformance/registry-under-test'
import { servers } from './servers'

const newFolder = temporaryFolders()
const start = servers()

/** Writes raw bytes to the server; answers with what it said until it closed the connection. */
function raw(port: number, parts: readonly (string | Buffer)[], end = false): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let heard = ''
    socket.on('data', (chunk: Buffer) => (heard += chunk.toString('latin1')))
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(heard))
    for (const part of parts) socket.write(part)
    if (end) setTimeout(() => socket.destroy(), 200)
  })
}

describe('an upload', () => {
  it('goes on after a restart where its bytes end', async () => {
    const root = await newFolder()
    const blob = content(3_000_000)
    const first = await start({ root })
    const registry = new RegistryUnderTest(first.url)
    const upload = await registry.begin('team/app')
    await registry.patch(upload, blob.bytes.subarray(0, 1_700_000), 0)
    await first.close()
    const again = new RegistryUnderTest((await start({ root })).url)
    const status = await again.send('GET', upload)
    expect([status.status, status.headers.range]).toEqual([204, '0-1699999'])
    const patch = await again.patch(upload, blob.bytes.subarray(1_700_000, 2_000_000), 1_700_000)
    expect(patch.status).toBe(202)
    const put = await again.finish(upload, blob.digest, blob.bytes.subarray(2_000_000))
    expect(put.status).toBe(201)
    const found = await again.send('GET', `/v2/team/app/blobs/${blob.digest}`)
    expect(found.body.equals(blob.bytes)).toBe(true)
    expect(await readdir(join(root, 'uploads'))).toEqual([])
  })

  it('keeps what came before a connection broke', async () => {
    const server = await start()
    const registry = new RegistryUnderTest(server.url)
    const blob = content(900_000)
    const upload = await registry.begin('team/app')
    const head = `PATCH ${upload} HTTP/1.1\r\nHost: x\r\nContent-Length: ${blob.bytes.length}\r\n\r\n`
    await raw(server.port, [head, blob.bytes.subarray(0, 600_000)], true)
    const kept = await waitFor('the bytes', async () => {
      const { headers } = await registry.send('GET', upload)
      return headers.range === '0-599999'
    })
    expect(kept).toBe(true)
    const rest = await registry.patch(upload, blob.bytes.subarray(600_000), 600_000)
    expect(rest.status).toBe(202)
    expect((await registry.finish(upload, blob.digest)).status).toBe(201)
  })

  it('goes on although the connection before it hangs', async () => {
    const server = await start()
    const registry = new RegistryUnderTest(server.url)
    const blob = content(50_000)
    const upload = await registry.begin('team/app')
    const head = `PATCH ${upload} HTTP/1.1\r\nHost: x\r\nContent-Length: 50000\r\n\r\n`
    const hanging = raw(server.port, [head, blob.bytes.subarray(0, 20_000)])
    await waitFor('the bytes', async () => {
      return (await registry.send('GET', upload)).headers.range === '0-19999'
    })
    const rest = await registry.patch(upload, blob.bytes.subarray(20_000), 20_000)
    expect(rest.status).toBe(202)
    await hanging
    expect((await registry.finish(upload, blob.digest)).status).toBe(201)
  })

  it('takes one request after the other', async () => {
    const registry = new RegistryUnderTest((await start()).url)
    const blob = content(400_000)
    const upload = await registry.begin('team/app')
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => registry.patch(upload, blob.bytes, 0)),
    )
    const statuses = answers.map(({ status }) => status).sort()
    expect(statuses).toEqual([202, ...Array.from({ length: 7 }, () => 416)])
    expect((await registry.finish(upload, blob.digest)).status).toBe(201)
  })

  it('is not begun by a POST whose body is cut short', async () => {
    const root = await newFolder()
    const server = await start({ root })
    const blob = content(2_000_000)
    const target = `/v2/team/app/blobs/uploads/?digest=${blob.digest}`
    const head = `POST ${target} HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\n`
    await raw(server.port, [head, blob.bytes.subarray(0, 1_500_000)], true)
    await waitFor('an empty folder', async () => {
      return (await readdir(join(root, 'uploads'))).length === 0
    })
    const registry = new RegistryUnderTest(server.url)
    expect((await registry.send('HEAD', `/v2/team/app/blobs/${blob.digest}`)).status).toBe(404)
  })

  it('arrives byte by byte as well', async () => {
    const server = await start()
    const registry = new RegistryUnderTest(server.url)
    const blob = content(300)
    const target = `${await registry.begin('team/app')}?digest=${blob.digest}`
    const chunks = [...blob.bytes].map((byte) =>
      Buffer.concat([Buffer.from('1\r\n'), Buffer.from([byte]), Buffer.from('\r\n')]),
    )
    const head = `PUT ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n`
    expect(await raw(server.port, [head, ...chunks, '0\r\n\r\n'])).toContain('201 Created')
  })
})

it('clears the folder of uploads of what is none', async () => {
  const root = await newFolder()
  await (await start({ root })).close()
  const lonely = '00000000-0000-4000-8000-000000000000'
  for (const name of ['stray', lonely, `${lonely.replace(/^0/, '1')}.json`])
    await writeFile(join(root, 'uploads', name), '{}')
  await start({ root })
  expect(await readdir(join(root, 'uploads'))).toEqual([])
})

describe('what is no proper request', () => {
  it('is refused in JSON', async () => {
    const { port } = await start()
    const rows = [
      ['NONSENSE\r\n\r\n', 400],
      ['GET /v2/ HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n', 400],
      [`GET /v2/ HTTP/1.1\r\nHost: x\r\nX-Long: ${'y'.repeat(40_000)}\r\n\r\n`, 431],
      [
        'POST /v2/a/blobs/uploads/ HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n',
        400,
      ],
    ] as const
    for (const [text, status] of rows) {
      const heard = await raw(port, [text])
      expect(heard).toContain(`HTTP/1.1 ${status} `)
      expect(heard).toContain('{"errors":[{"code":"UNSUPPORTED"')
    }
  })

  it('does not keep others waiting', async () => {
    const server = await start()
    const registry = new RegistryUnderTest(server.url)
    const crawling = Array.from({ length: 50 }, () => connect(server.port, '127.0.0.1'))
    for (const socket of crawling) {
      socket.on('error', () => undefined)
      socket.write('GET /v2/ HTTP/1.1\r\nHost:')
    }
    await registry.pushImage('team/app', 'v1')
    expect((await registry.getManifest('team/app', 'v1')).status).toBe(200)
    for (const socket of crawling) socket.destroy()
  })
})

it('answers to whole addresses, as proxies are asked', async () => {
  const { port } = await start()
  const rows = [
    [`http://127.0.0.1:${port}/v2/_catalog?n=9`, '{"repositories":[]}'],
    ['HTTPS://registry.example/v2/', '{}'],
    ['ftp://registry.example/v2/', '"UNSUPPORTED"'],
  ] as const
  for (const [target, body] of rows) {
    const heard = await raw(port, [
      `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    ])
    expect(heard).toContain(body)
  }
})

it('refuses a manifest of endless length without keeping it', async () => {
  const server = await start()
  const chunk = Buffer.concat([
    Buffer.from('100000\r\n'),
    Buffer.alloc(1 << 20, 32),
    Buffer.from('\r\n'),
  ])
  const head =
    'PUT /v2/team/app/manifests/v1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n'
  const heard = await raw(server.port, [
    head,
    ...Array.from({ length: 9 }, () => chunk),
    '0\r\n\r\n',
  ])
  expect(heard).toContain('413 Payload Too Large')
})

it('lists thousands of tags in pages, and lets go of them at once', async () => {
  const server = await start()
  const registry = new RegistryUnderTest(server.url)
  const image = await registry.pushImage('many/tags', 'v0')
  const { digest, bytes } = image
  const { store } = server
  await Promise.all(
    Array.from({ length: 3000 }, (_, at) =>
      store.putManifest('many/tags', `v${at}`, bytes, 'application/vnd.oci.image.manifest.v1+json'),
    ),
  )
  const found: string[] = []
  for (let next: string | undefined = '/v2/many/tags/tags/list?n=700'; next !== undefined;) {
    const answer = await registry.send('GET', next)
    found.push(...(JSON.parse(answer.body.toString()) as { tags: string[] }).tags)
    next = /^<([^>]+)>/.exec(answer.headers.link ?? '')?.[1]
  }
  expect(new Set(found).size).toBe(3000)
  expect(found).toEqual([...found].sort())
  expect((await registry.send('DELETE', `/v2/many/tags/manifests/${digest}`)).status).toBe(202)
  const left = await registry.send('GET', '/v2/many/tags/tags/list')
  expect(JSON.parse(left.body.toString())).toEqual({ name: 'many/tags', tags: [] })
  const gone = await registry.getManifest('many/tags', 'v2999')
  expect([gone.status, codes(gone)]).toEqual([404, ['MANIFEST_UNKNOWN']])
  expect(digestOf(bytes)).toBe(digest)
})
