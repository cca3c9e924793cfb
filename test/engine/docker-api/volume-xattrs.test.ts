/** Extended attributes of files in a volume: seeded from the image, copied in, copied out. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { directory, scan, source, tarOf } from '../layer/tars'
import { startLocalEngine, type LocalEngine } from '../support'

const xattrs = new Map([
  ['user.bytes', Buffer.from([0, 0x3d, 0x0a, 0xff])],
  ['security.capability', Buffer.from('0100000200200000000000000000000000000000', 'hex')],
])

let local: LocalEngine
beforeAll(async () => {
  local = await startLocalEngine()
  const files = [directory('data', { xattrs }), source('data/seeded', { content: 's', xattrs })]
  await local.call('POST', '/images/create?fromSrc=-&repo=base&tag=1', await tarOf(files))
  const body = { Image: 'base:1', Cmd: ['sh'], HostConfig: { Binds: ['vol:/data'] } }
  expect((await local.call('POST', '/containers/create?name=box', body)).status).toBe(201)
})
afterAll(() => local.stop())

it('come back as they were, also after a new start', async () => {
  const tar = await tarOf([source('copied', { content: 'c', xattrs })])
  expect((await local.call('PUT', '/containers/box/archive?path=/data', tar)).status).toBe(200)
  await local.restart()
  const { body } = await local.call('GET', '/containers/box/archive?path=/data')
  const found = scan(body).map(({ entry }) => [entry.path, entry.xattrs])
  expect(found).toEqual([
    ['data', xattrs],
    ['data/copied', xattrs],
    ['data/seeded', xattrs],
  ])
})
