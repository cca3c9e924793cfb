/**
 * Names that Windows or a Mac could not give a file are data in a container's own layer: none of them
 * is ever a name on the disk, where some would be one file.
 */
import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { scan } from '../layer/tars'
import { startLocalEngine, tarOf, type LocalEngine } from '../support'

const NAMES = [
  'C:\\data',
  'back\\slash',
  'con',
  'NUL.txt',
  'Name',
  'name',
  'dot.',
  'a:b',
  '\u00e9',
  'e\u0301',
]

let local: LocalEngine
beforeAll(async () => {
  local = await startLocalEngine()
  await local.call('POST', '/images/create?fromSrc=-&repo=base&tag=1', await tarOf({ 'etc/': '' }))
  const body = { Image: 'base:1', Cmd: ['sh'] }
  expect((await local.call('POST', '/containers/create?name=odd', body)).status).toBe(201)
})
afterAll(() => local.stop())

const archive = (path: string) => `/containers/odd/archive?path=${encodeURIComponent(path)}`

async function stored(): Promise<string[]> {
  const all = await readdir(local.root, { recursive: true })
  return all.map((path) => path.split('/').at(-1) ?? '')
}

it('keeps every one of them apart, through copies, a new start and a commit', async () => {
  const files = Object.fromEntries(NAMES.map((name) => [`etc/${name}`, `of ${name}`]))
  expect((await local.call('PUT', archive('/'), await tarOf(files))).status).toBe(200)
  await local.restart()
  for (const name of NAMES) {
    const { status, body } = await local.call('GET', archive(`/etc/${name}`))
    expect([status, scan(body)[0]?.content.toString()], name).toEqual([200, `of ${name}`])
  }
  const changes = await local.call('GET', '/containers/odd/changes')
  const paths = NAMES.map((name) => `/etc/${name}`)
  expect((changes.json as { Path: string }[]).map(({ Path }) => Path).sort()).toEqual(
    ['/etc', ...paths].sort(),
  )
  expect((await local.call('POST', '/commit?container=odd&repo=kept')).status).toBe(201)
  const onDisk = await stored()
  for (const name of NAMES) expect(onDisk).not.toContain(name)
})

it('takes a drive in a path for the name that it is in a Linux container', async () => {
  const missing = await local.call('GET', archive('D:\\else'))
  expect(missing.status).toBe(404)
  expect(missing.text).toContain('Could not find the file D:\\\\else in container odd')
  const inRoot = await tarOf({ 'D:\\else': 'here' })
  expect((await local.call('PUT', archive('/'), inRoot)).status).toBe(200)
  const found = await local.call('GET', archive('D:\\else'))
  expect(scan(found.body)[0]?.entry.path).toBe('D:\\else')
})
