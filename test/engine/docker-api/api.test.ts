import { request } from 'node:http'
import { writeFile, readFile, stat, appendFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startLocalEngine, tarOf, type LocalEngine } from '../support'

let local: LocalEngine
let image = ''

beforeAll(async () => {
  local = await startLocalEngine()
  const rootfs = await tarOf({ 'etc/': '', 'etc/conf': 'one', 'etc/old': 'old', 'bin/': '' })
  const answer = await local.call(
    'POST',
    `/images/create?fromSrc=-&repo=base&tag=1&changes=${encodeURIComponent('CMD ["sh"]')}`,
    rootfs,
  )
  expect(answer.status).toBe(200)
  image = (answer.json as { status: string }).status
  expect(answer.text).toBe(`{"status":"${image}"}\r\n`)
})

afterAll(() => local.stop())

async function create(name: string, body: object = {}): Promise<string> {
  const answer = await local.call('POST', `/containers/create?name=${name}`, {
    Image: 'base:1',
    ...body,
  })
  expect([answer.status, answer.text]).toEqual([201, expect.stringContaining('"Warnings":[]')])
  return (answer.json as { Id: string }).Id
}

async function changes(name: string) {
  const answer = await local.call('GET', `/containers/${name}/changes`)
  return answer.json
}

describe('the frame', () => {
  it('answers a ping with the version that clients shall speak', async () => {
    for (const method of ['GET', 'HEAD']) {
      const { status, headers, text } = await local.call(method, '/_ping')
      expect(status).toBe(200)
      expect(headers).toMatchObject({ 'api-version': '1.41', ostype: 'linux' })
      expect(text).toBe(method === 'GET' ? 'OK' : '')
    }
  })

  it('takes paths with and without a version, newer ones too', async () => {
    for (const prefix of ['', '/v1.24', '/v1.41', '/v1.47']) {
      expect((await local.call('GET', `${prefix}/version`)).status).toBe(200)
    }
    expect(await local.call('GET', '/v1.99/version')).toMatchObject({
      status: 400,
      json: { message: expect.stringContaining('client version 1.99 is too new') },
    })
    expect((await local.call('GET', '/v1.5/version')).status).toBe(400)
  })

  it.each([
    ['GET', '/nope', 404, 'page not found'],
    ['PATCH', '/version', 404, 'page not found'],
    ['GET', '/containers/nope/json', 404, 'No such container: nope'],
    ['GET', '/images/nope/json', 404, 'no such image: nope: No such image: nope:latest'],
    ['GET', '/volumes/nope', 404, 'get nope: no such volume'],
    ['GET', '/networks/nope', 404, 'network nope not found'],
    ['GET', '/plugins/nope/json', 404, 'plugin "nope" not found'],
    ['GET', '/services/nope', 503, 'This node is not a swarm manager'],
    ['GET', '/exec/x/json', 404, 'No such exec instance: x'],
    ['GET', '/containers/json?filters=x', 400, 'invalid filter'],
    ['GET', '/containers/json?filters=%7B%22foo%22:[%22x%22]%7D', 400, "Invalid filter 'foo'"],
    ['GET', '/%zz', 400, 'invalid URL escape'],
  ])('%s %s is %i: %s', async (method, path, status, message) => {
    const answer = await local.call(method, path)
    expect(answer.status).toBe(status)
    expect((answer.json as { message: string }).message).toContain(message)
  })

  it('refuses bodies that are no JSON, or of another shape', async () => {
    expect((await local.call('POST', '/containers/create', '{')).status).toBe(400)
    expect(
      await local.call('POST', '/containers/create', { Image: 'base:1', Cmd: 5 }),
    ).toMatchObject({ status: 400, json: { message: expect.stringContaining('Cmd') } })
  })

  it('says of everything that needs a process why it cannot be and what to do', async () => {
    await create('still')
    for (const path of ['start', 'restart', 'attach', 'exec']) {
      expect(await local.call('POST', `/containers/still/${path}`)).toMatchObject({
        status: 501,
        json: {
          message: expect.stringContaining('docker save'),
          error: { code: 'engine_cannot_run' },
        },
      })
    }
    expect((await local.call('POST', '/containers/still/stop')).status).toBe(304)
    expect((await local.call('POST', '/containers/still/kill')).status).toBe(409)
    expect((await local.call('GET', '/containers/still/top')).status).toBe(409)
    expect((await local.call('GET', '/containers/still/logs?stdout=1')).text).toBe('')
    expect((await local.call('POST', '/containers/still/wait')).json).toEqual({
      Error: null,
      StatusCode: 0,
    })
  })

  it('tells those who wait when a container that should remove itself could not start', async () => {
    await create('brief', { HostConfig: { AutoRemove: true } })
    const waiting = local.call('POST', '/containers/brief/wait?condition=removed')
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect((await local.call('POST', '/containers/brief/start')).status).toBe(501)
    expect((await waiting).json).toEqual({ Error: null, StatusCode: 0 })
    expect((await local.call('GET', '/containers/brief/json')).status).toBe(404)
    expect((await local.call('POST', '/containers/still/wait?condition=x')).status).toBe(400)
  })

  it('goes on when a client leaves in the middle', async () => {
    const left = new Promise<void>((resolve) => {
      const sent = request(
        { socketPath: local.socketPath, method: 'POST', path: '/images/load', agent: false },
        () => undefined,
      )
      // No error where the engine has refused what it got by then.
      sent.on('error', () => undefined)
      sent.on('close', resolve)
      sent.write(Buffer.alloc(1024 * 1024, 1))
      setTimeout(() => sent.destroy(), 50)
    })
    await left
    expect((await local.call('GET', '/_ping')).text).toBe('OK')
  })
})

describe('a container', () => {
  it('keeps what is put in, on the disk, before it is answered', async () => {
    await create('disk')
    const put = await local.call(
      'PUT',
      '/containers/disk/archive?path=/etc',
      await tarOf({ conf: 'two', 'd/': '', 'd/new': 'new' }),
    )
    expect(put.status).toBe(200)
    const expected = [
      { Path: '/etc', Kind: 0 },
      { Path: '/etc/conf', Kind: 0 },
      { Path: '/etc/d', Kind: 1 },
      { Path: '/etc/d/new', Kind: 1 },
    ]
    // Its time is the same as before, but not its content: dockerd does not see that either.
    expect(await changes('disk')).toEqual(expected.filter(({ Path }) => Path !== '/etc/conf'))
    await local.restart()
    expect(await changes('disk')).toEqual(expected.filter(({ Path }) => Path !== '/etc/conf'))
    const got = await local.call('GET', '/containers/disk/archive?path=/etc/conf')
    expect(got.body.includes('two')).toBe(true)
  })

  it('ignores a torn journal, and goes on behind what is whole', async () => {
    const id = await create('torn')
    await local.call('PUT', '/containers/torn/archive?path=/', await tarOf({ one: '1' }))
    const before = await changes('torn')
    await appendFile(join(local.root, 'containers', id, 'journal'), '{"op":"put","path":"two","ty')
    await local.restart()
    expect(await changes('torn')).toEqual(before)
    await local.call('PUT', '/containers/torn/archive?path=/', await tarOf({ three: '3' }))
    await local.restart()
    expect(await changes('torn')).toEqual([
      { Path: '/one', Kind: 1 },
      { Path: '/three', Kind: 1 },
    ])
  })

  it('takes nothing of a damaged tar', async () => {
    await create('damaged')
    const whole = await tarOf({ a: 'a'.repeat(5000), b: 'b' })
    const cut = await local.call(
      'PUT',
      '/containers/damaged/archive?path=/',
      whole.subarray(0, 3000),
    )
    expect(cut.status).toBe(500)
    expect((cut.json as { message: string }).message).toContain('unexpected EOF')
    expect(await changes('damaged')).toBeNull()
  })

  it('is removed with what nobody else uses', async () => {
    const id = await create('gone', {
      Volumes: { '/data': {} },
      HostConfig: { Binds: ['kept:/k'] },
    })
    const volumes = async () =>
      ((await local.call('GET', '/volumes')).json as { Volumes: { Name: string }[] }).Volumes.length
    expect(await volumes()).toBe(2)
    expect((await local.call('DELETE', '/containers/gone?v=1')).status).toBe(204)
    expect(await volumes()).toBe(1)
    await expect(stat(join(local.root, 'containers', id))).rejects.toThrow('ENOENT')
    expect((await local.call('DELETE', '/volumes/kept')).status).toBe(204)
    expect((await local.call('DELETE', '/containers/gone')).status).toBe(404)
  })

  it('is not half there after a crash in its making', async () => {
    await writeFile(join(local.root, 'containers', `.new-${'0'.repeat(64)}`), '')
    await local.restart()
    const names = await readdir(join(local.root, 'containers'))
    expect(names.filter((name) => name.startsWith('.'))).toEqual([])
  })

  it('commits deletions first, without what lies on mounts', async () => {
    await create('made', { HostConfig: { Binds: ['vol:/vol'] } })
    await local.call('PUT', '/containers/made/archive?path=/vol', await tarOf({ inside: 'x' }))
    await local.call('PUT', '/containers/made/archive?path=/etc', await tarOf({ added: 'x' }))
    const gone = await local.call('DELETE', '/lamina/v1/containers/made/files?path=/etc/old')
    expect(gone.status).toBe(204)
    const commit = await local.call('POST', '/commit?container=made&repo=made&tag=1&comment=why')
    expect(commit.status).toBe(201)
    const { Id } = commit.json as { Id: string }
    expect(local.engine.services.store.images.resolve('made:1').id).toBe(Id)
    const layer = local.engine.services.store.images.resolve('made:1').diffIds[1]
    if (!layer) throw new Error('no second layer')
    const index = await local.engine.services.store.layers.index(layer)
    expect(index.find('vol/inside')).toBe(-1)
    expect(index.hidesPath(index.find('etc/old'))).toBe(true)
    expect(index.find('etc/added')).toBeGreaterThan(0)
    const history = (await local.call('GET', '/images/made:1/history')).json
    expect(history).toMatchObject([
      { Id, Comment: 'why', CreatedBy: 'sh', Size: 1, Tags: ['made:1'] },
      { Id: image, Tags: ['base:1'] },
    ])
  })

  it('cannot commit a file whose name means a deletion', async () => {
    await create('reserved')
    await local.call('PUT', '/containers/reserved/archive?path=/', await tarOf({ plain: null }))
    expect(await changes('reserved')).toEqual([{ Path: '/.wh.plain', Kind: 1 }])
    expect(await local.call('POST', '/commit?container=reserved')).toMatchObject({
      status: 409,
      json: { message: expect.stringContaining('/.wh.plain') },
    })
  })
})

describe('a volume', () => {
  it('has its files in a folder, seeded from the image once', async () => {
    await create('seeded', { HostConfig: { Binds: ['conf:/etc'] } })
    const data = join(local.root, 'volumes', 'conf', '_data')
    expect(await readFile(join(data, 'conf'), 'utf8')).toBe('one')
    await writeFile(join(data, 'conf'), 'mine')
    await create('seeded2', { HostConfig: { Binds: ['conf:/etc'] } })
    expect(await readFile(join(data, 'conf'), 'utf8')).toBe('mine')
    expect((await local.call('DELETE', '/volumes/conf')).status).toBe(409)
    const got = await local.call('GET', '/containers/seeded2/archive?path=/etc/conf')
    expect(got.body.includes('mine')).toBe(true)
  })

  it('stays when it has a name and a newer client prunes', async () => {
    await local.call('POST', '/volumes/create', { Name: 'named', Labels: { a: 'b' } })
    expect((await local.call('POST', '/v1.42/volumes/prune')).json).toMatchObject({
      VolumesDeleted: [],
    })
    expect((await local.call('POST', '/v1.41/volumes/prune')).json).toMatchObject({
      VolumesDeleted: expect.arrayContaining(['named']),
    })
  })
})

it('tells of what happens, and of what happened', async () => {
  const since = Date.now() / 1000 - 0.001
  await create('told')
  await local.call('DELETE', '/containers/told')
  const until = Date.now() / 1000 + 0.5
  const answer = await local.call(
    'GET',
    `/events?since=${since.toFixed(3)}&until=${until.toFixed(3)}&filters=${encodeURIComponent('{"type":["container"]}')}`,
  )
  const events = answer.text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { Action: string; Actor: { Attributes: object } })
  expect(events.map(({ Action }) => Action)).toEqual(['create', 'destroy'])
  expect(events[0]?.Actor.Attributes).toEqual({ image: 'base:1', name: 'told' })
})
