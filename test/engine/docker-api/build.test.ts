import { readdir } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startLocalEngine, type LocalEngine } from '../support'
import { contextOf } from '../build/builds'
import { waitFor } from '../../support/temp'

let local: LocalEngine

beforeAll(async () => {
  local = await startLocalEngine()
})

afterAll(() => local.stop())

interface Line {
  stream?: string
  aux?: { ID: string }
  error?: string
  errorDetail?: { message: string }
}

async function post(query: string, body: Buffer) {
  const answer = await local.call('POST', `/build?${query}`, body)
  const lines = answer.text
    .split('\r\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line)
  const printed = lines.map(({ stream = '' }) => stream).join('')
  return { status: answer.status, headers: answer.headers, lines, printed }
}

const ingest = () => readdir(join(local.root, 'ingest'))

describe('POST /build', () => {
  it('streams what the builder says, the id, and names at last', async () => {
    const context = await contextOf(['FROM scratch', 'COPY a /'], [{ name: 'a', content: 'a' }])
    const { status, headers, lines, printed } = await post('t=one&t=two:2&t=one', context)
    expect([status, headers['content-type']]).toEqual([200, 'application/json'])
    const id = lines.find(({ aux }) => aux)?.aux?.ID ?? ''
    expect(id).toMatch(/^sha256:[0-9a-f]{64}$/)
    expect(printed).toMatch(
      /^Step 1\/2 : FROM scratch\n ---> \nStep 2\/2 : COPY a \/\n ---> [0-9a-f]{12}\nSuccessfully built [0-9a-f]{12}\nSuccessfully tagged one:latest\nSuccessfully tagged two:2\n$/,
    )
    const image = (await local.call('GET', '/images/two:2/json')).json
    expect(image).toMatchObject({ Id: id, RepoTags: ['one:latest', 'two:2'] })
  })

  it('says only the id with q, and everything when it fails', async () => {
    const good = await post('q=1', await contextOf(['FROM scratch', 'ENV A=1']))
    expect(good.lines).toEqual([{ stream: expect.stringMatching(/^sha256:[0-9a-f]{64}\n$/) }])
    const bad = await post('q=1', await contextOf(['FROM scratch', 'ENV A=1', 'COPY none /']))
    expect(bad.printed).toContain('Step 2/3 : ENV A=1\n ---> Using cache\n')
    expect(bad.lines.at(-1)).toMatchObject({
      errorDetail: { message: expect.stringContaining('COPY failed: ') },
      error: expect.stringContaining('stat none: file does not exist'),
    })
  })

  it('answers a RUN in the stream, and with no name', async () => {
    const { status, lines } = await post('t=run:1', await contextOf(['FROM scratch', 'RUN make']))
    expect(status).toBe(200)
    expect(lines.at(-1)?.error).toContain('RUN is one')
    expect((await local.call('GET', '/images/run:1/json')).status).toBe(404)
  })

  it.each<[string, string, () => Promise<Buffer>, number, string]>([
    ['a Dockerfile that cannot be', '', () => contextOf(['FROM']), 400, 'parse error line 1'],
    ['no tar', '', async () => Buffer.alloc(300_000, 'no tar'), 500, 'Error processing tar file'],
    ['no name', 't=BAD', () => contextOf([]), 500, 'repository name must be lowercase'],
    [
      'a digest',
      `t=a@sha256:${'ab'.repeat(32)}`,
      () => contextOf([]),
      500,
      'cannot contain a digest',
    ],
    [
      'a remote context',
      'remote=http://x/y',
      () => contextOf([]),
      400,
      'a context that the client sends',
    ],
    ['BuildKit', 'version=2', () => contextOf([]), 400, 'DOCKER_BUILDKIT=0'],
    ['bad JSON', 'buildargs={', () => contextOf([]), 400, 'invalid JSON'],
  ])('refuses %s before the stream begins', async (_what, query, body, status, message) => {
    const answer = await post(query, await body())
    expect(answer.status).toBe(status)
    expect((answer.lines[0] as { message?: string }).message).toContain(message)
  })

  it('reads what is left of a large context that it has refused', async () => {
    const large = Buffer.concat([Buffer.alloc(1024, 'no tar'), Buffer.alloc(20_000_000)])
    expect((await post('', large)).status).toBe(500)
    expect((await post('t=BAD', large)).status).toBe(500)
    expect(await ingest()).toEqual([])
  })

  it('ends when the client goes away, in the middle of the context or of the steps', async () => {
    const context = await contextOf(
      ['FROM scratch', ...Array.from({ length: 200 }, (_, at) => `ENV N=${at}`)],
      [{ name: 'a', content: Buffer.alloc(1_000_000) }],
    )
    for (const sent of [300_000, context.length]) {
      const count = local.engine.services.store.images.list().length
      await leave(context.subarray(0, sent), context.length)
      await waitFor('the build to end', async () => (await ingest()).length === 0)
      const made = local.engine.services.store.images.list().length - count
      expect(made).toBeLessThan(200)
    }
    expect((await local.engine.services.store.fsck()).problems).toEqual([])
    expect((await local.call('GET', '/images/left:1/json')).status).toBe(404)
  })
})

/** Sends the beginning of a body and goes, at the latest when the first line comes. */
function leave(bytes: Buffer, length: number): Promise<void> {
  return new Promise((resolve) => {
    const headers = { 'Content-Length': length }
    const path = '/build?t=left:1'
    const options = { socketPath: local.socketPath, method: 'POST', path, headers, agent: false }
    const sent = request(options, (answer) => answer.once('data', () => sent.destroy()))
    sent.on('error', () => undefined)
    sent.on('close', () => resolve())
    sent.write(bytes)
    if (bytes.length < length) setTimeout(() => sent.destroy(), 300)
    else sent.end()
  })
}
