import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { importRootfs, type ImportOptions } from '../../../src/engine/image/import'
import { validateImage } from '../../../src/engine/image/validate'
import { directory, source, systemTar, tarOf } from '../layer/tars'
import { temporaryFolders } from '../blob/temporary-root'
import { PLATFORM, stores, streamOf, zstd } from './stores'

const newStore = stores()
const folder = temporaryFolders()

const options = (more: Partial<ImportOptions> = {}): ImportOptions => ({
  reference: 'rootfs:1',
  message: '',
  source: '-',
  changes: [],
  platform: PLATFORM,
  ...more,
})
const rootfs = () => tarOf([directory('etc'), source('etc/hostname', { content: 'box' })])

it('makes an image of one layer from what comes, packed or not', async () => {
  const tar = await rootfs()
  for (const bytes of [tar, gzipSync(tar), zstd(tar)]) {
    const store = await newStore()
    const image = await importRootfs(
      store,
      streamOf(bytes, 100),
      options({ changes: ['CMD ["sh"]', 'ENV A=b', 'EXPOSE 80'], message: 'from a test' }),
    )
    expect(store.images.resolve('rootfs:1').id).toBe(image.id)
    expect(await store.images.config(image.id)).toMatchObject({
      architecture: 'amd64',
      os: 'linux',
      comment: 'from a test',
      config: { Cmd: ['sh'], Env: ['A=b'], ExposedPorts: { '80/tcp': {} } },
      history: [{ comment: 'from a test' }],
    })
    expect(await validateImage(await store.images.image(image.id))).toEqual([])
    await store.gc()
    expect(await store.fsck()).toMatchObject({ problems: [], blobs: bytes === tar ? 3 : 2 })
  }
})

it('takes what the system tar writes, without a name', async () => {
  const root = await folder()
  const store = await newStore()
  const tar = systemTar(root, ['--format=gnu', '.'])
  const image = await importRootfs(store, streamOf(tar), options({ reference: null }))
  expect(store.images.get(image.id)?.tags).toEqual([])
  expect((await store.images.config(image.id)).comment).toBe('Imported from -')
})

it('keeps nothing of what is no tar, is cut short or wants a change that cannot be', async () => {
  const store = await newStore()
  const tar = await rootfs()
  const refused = async (bytes: Buffer, more: Partial<ImportOptions>, code: string) =>
    expect(importRootfs(store, streamOf(bytes), options(more))).rejects.toMatchObject({ code })
  await refused(Buffer.from('hello'), {}, 'archive_corrupted')
  await refused(tar.subarray(0, 900), {}, 'archive_corrupted')
  await refused(gzipSync(tar).subarray(0, 60), {}, 'archive_corrupted')
  await refused(Buffer.from('\xfd7zXZ\0\0', 'latin1'), {}, 'archive_unsupported')
  await refused(tar, { changes: ['RUN ls'] }, 'invalid_input')
  const controller = new AbortController()
  controller.abort()
  await refused(tar, { signal: controller.signal }, 'cancelled')
  expect(store.images.list()).toEqual([])
  await store.gc()
  expect((await store.fsck()).blobs).toBe(0)
})
