/** A store on a disk that is full, and on one that became read-only: mounts of its own, needs root. */
import { randomBytes } from 'node:crypto'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { loadArchive } from '../../../src/engine/image/load'
import { saveArchive } from '../../../src/engine/image/save'
import { runOk } from '../../support/run'
import { tempDir, type TempDir } from '../../support/temp'
import { source } from '../layer/tars'
import { arrive, collect, makeImage, PLATFORM, stores, streamOf } from './stores'
import { tarOf } from '../layer/tars'

const newStore = stores()
let temp: TempDir
let disk = ''

beforeAll(async () => {
  temp = await tempDir('lamina-disk')
  disk = join(temp.path, 'disk')
  await mkdir(disk)
  await runOk('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', disk])
})
afterAll(async () => {
  await runOk('umount', [disk])
  await temp.remove()
})

it('says so, keeps nothing half done, and goes on', async () => {
  const other = await newStore()
  const large = [source('large', { content: randomBytes(20_000_000) })]
  const small = [source('small', { content: 'small' })]
  await makeImage(other, [small, large], ['large'])
  await makeImage(other, [small], ['small'])
  const archive = async (name: string) => collect(await saveArchive(other, [name]))
  const load = async (name: string) =>
    loadArchive(store, streamOf(await archive(name)), { name, platform: PLATFORM })

  const store = await newStore(join(disk, 'root'))
  const full = { code: 'disk_full', params: { path: store.root } }
  await expect(load('large')).rejects.toMatchObject(full)
  await expect(arrive(store, await tarOf(large))).rejects.toMatchObject(full)
  await expect(store.layers.build(large)).rejects.toMatchObject(full)
  expect(store.images.list()).toEqual([])
  expect(await readdir(join(store.root, 'ingest'))).toEqual([])
  expect((await store.fsck()).problems).toEqual([])
  await store.gc()

  await load('small')
  await makeImage(store, [small, [source('more', { content: 'more' })]], ['more'])
  expect((await store.fsck()).problems).toEqual([])

  await runOk('mount', ['-o', 'remount,ro', disk])
  try {
    await expect(load('small')).rejects.toMatchObject({ code: 'read_only' })
    await expect(store.images.tag(store.images.resolve('small').id, 'x')).rejects.toMatchObject({
      code: 'read_only',
    })
    await expect(store.images.remove('more')).rejects.toMatchObject({ code: 'read_only' })
    // What could not be written has not happened.
    expect(store.images.list().flatMap(({ tags }) => tags)).toHaveLength(2)
    expect((await store.fsck()).problems).toEqual([])
  } finally {
    await runOk('mount', ['-o', 'remount,rw', disk])
  }
  await store.images.remove('more')
  expect((await store.fsck()).problems).toEqual([])
})
