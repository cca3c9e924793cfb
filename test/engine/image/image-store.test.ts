import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { chainIds } from '../../../src/engine/oci/chain-id'
import { digestOf } from '../../../src/engine/oci/digest'
import type { ImageEvent, RemovedItem } from '../../../src/engine/image/types'
import { validateImage } from '../../../src/engine/image/validate'
import { source } from '../layer/tars'
import { arrive, config, makeImage, stores } from './stores'
import { tarOf } from '../layer/tars'

const newStore = stores()

const base = [source('etc/base', { content: 'base' })]
const top = [source('etc/top', { content: 'top!!' })]

const removed = (items: RemovedItem[]) =>
  items.map((item) =>
    'untagged' in item ? `Untagged: ${item.untagged}` : `Deleted: ${item.deleted}`,
  )

describe('images', () => {
  it('are found by every name that Docker takes', async () => {
    const store = await newStore()
    const image = await makeImage(store, [base], ['busybox', 'reg.example:5000/a/b:v1'])
    const digest = digestOf('manifest')
    await store.images.tag(image.id, `busybox@${digest}`)
    const hex = image.id.slice(7)
    for (const name of [
      'busybox',
      'busybox:latest',
      'docker.io/library/busybox:latest',
      'library/busybox',
      'reg.example:5000/a/b:v1',
      `busybox@${digest}`,
      `busybox:whatever@${digest}`,
      image.id,
      hex,
      hex.slice(0, 12),
      hex.slice(0, 1),
      `sha256:${hex.slice(0, 8)}`,
    ])
      expect(store.images.resolve(name).id).toBe(image.id)
    for (const name of ['busybox:1', 'reg.example:5000/a/b', 'zzz', digest, `x@${digest}`])
      expect(() => store.images.resolve(name)).toThrow(
        expect.objectContaining({ code: 'not_found' }),
      )
    expect(() => store.images.resolve('UPPER')).toThrow(
      expect.objectContaining({ code: 'reference_invalid' }),
    )
    expect(store.images.get(image.id)).toMatchObject({
      tags: ['docker.io/library/busybox:latest', 'reg.example:5000/a/b:v1'],
      digests: [`docker.io/library/busybox@${digest}`],
      size: 4,
      created: Date.parse('2026-01-02T03:04:05Z'),
    })
  })

  it('survive a restart, with their names', async () => {
    const store = await newStore()
    const image = await makeImage(store, [base, top], ['app:1', 'app:2'])
    const child = await makeImage(store, [base], [], { parent: image.id, comment: 'child' })
    const before = store.images.list()
    await store.close()
    const again = await newStore(store.root)
    expect(again.images.list()).toEqual(before)
    expect(again.images.children(image.id).map(({ id }) => id)).toEqual([child.id])
    expect(again.images.isDangling(again.images.resolve(child.id))).toBe(true)
    expect(again.images.isDangling(again.images.resolve(image.id))).toBe(false)
    expect(await validateImage(await again.images.image(image.id))).toEqual([])
    expect((await again.fsck()).problems).toEqual([])
  })

  it('cannot be made of layers that are not there', async () => {
    const store = await newStore()
    const rawConfig = config([digestOf('nothing')])
    await expect(store.images.create({ rawConfig })).rejects.toMatchObject({ code: 'not_found' })
    await expect(store.images.create({ rawConfig: Buffer.from('{}') })).rejects.toMatchObject({
      code: 'document_invalid',
    })
    expect(store.images.list()).toEqual([])
  })

  it('keep the manifest that they came with, and travel under it', async () => {
    const store = await newStore()
    const tar = await tarOf(base)
    const lease = store.blobs.lease()
    const { diffId } = await arrive(store, tar, { lease })
    const rawConfig = config([diffId])
    const raw = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        config: {
          mediaType: 'application/vnd.oci.image.config.v1+json',
          digest: digestOf(rawConfig),
          size: rawConfig.length,
        },
        layers: [
          {
            mediaType: 'application/vnd.oci.image.layer.v1.tar',
            digest: diffId,
            size: tar.length,
          },
        ],
      }),
    )
    const mediaType = 'application/vnd.oci.image.manifest.v1+json'
    const { id } = await store.images.create({ rawConfig, manifest: { mediaType, raw } })
    lease.release()
    const view = await store.images.image(id)
    expect((await view.manifest()).raw.equals(raw)).toBe(true)
    expect(await validateImage(view)).toEqual([])
    // Nothing had to be packed for it.
    expect(store.layers.get(diffId)?.forms).toHaveLength(1)
    await store.gc()
    expect((await store.fsck()).problems).toEqual([])
  })
})

describe('removing', () => {
  it('takes names first, then the image with the layers that nothing else has', async () => {
    const store = await newStore()
    const app = await makeImage(store, [base, top], ['app:1', 'app:2'])
    const other = await makeImage(store, [base], ['other'])
    const events: ImageEvent[] = []
    store.images.onEvent((event) => events.push(event))
    expect(removed(await store.images.remove('app:1'))).toEqual(['Untagged: app:1'])
    expect(removed(await store.images.remove('app:2'))).toEqual([
      'Untagged: app:2',
      `Deleted: ${app.id}`,
      `Deleted: ${chainIds(app.diffIds)[1]}`,
    ])
    expect(events.map(({ action }) => action)).toEqual(['untag', 'untag', 'delete'])
    expect(store.images.list().map(({ id }) => id)).toEqual([other.id])
    expect(store.layers.list()).toHaveLength(1)
    // One layer, one config.
    expect((await store.fsck()).blobs).toBe(2)
    expect(removed(await store.images.remove(other.id.slice(7, 19)))).toEqual([
      'Untagged: other:latest',
      `Deleted: ${other.id}`,
      `Deleted: ${chainIds(other.diffIds)[0]}`,
    ])
    expect(await readdir(join(store.root, 'blobs/sha256'))).toEqual([])
    expect(await readdir(join(store.root, 'layers/sha256'))).toEqual([])
    expect(await readdir(join(store.root, 'index/sha256'))).toEqual([])
  })

  it('refuses an id with several names, and takes it by force', async () => {
    const store = await newStore()
    const app = await makeImage(store, [base], ['app:1', 'more/app:1'])
    const short = app.id.slice(7, 19)
    await expect(store.images.remove(short)).rejects.toMatchObject({
      code: 'conflict',
      params: {
        message: `conflict: unable to delete ${short} (must be forced) - image is referenced in multiple repositories`,
      },
    })
    expect(removed(await store.images.remove(short, { force: true }))).toEqual([
      'Untagged: app:1',
      'Untagged: more/app:1',
      `Deleted: ${app.id}`,
      `Deleted: ${chainIds(app.diffIds)[0]}`,
    ])
  })

  it('minds containers', async () => {
    const store = await newStore()
    const app = await makeImage(store, [base], ['app:1'])
    const short = app.id.slice(7, 19)
    const users = (running: boolean) => ({
      users: () => [{ id: 'c0ffee'.repeat(10), running }],
    })
    await expect(store.images.remove('app:1', users(false))).rejects.toMatchObject({
      params: {
        message: `conflict: unable to remove repository reference "app:1" (must force) - container c0ffeec0ffee is using its referenced image ${short}`,
      },
    })
    await expect(store.images.remove(short, users(false))).rejects.toMatchObject({
      params: {
        message: `conflict: unable to delete ${short} (must be forced) - image is being used by stopped container c0ffeec0ffee`,
      },
    })
    await expect(store.images.remove(short, { ...users(true), force: true })).rejects.toMatchObject(
      {
        params: {
          message: `conflict: unable to delete ${short} (cannot be forced) - image is being used by running container c0ffeec0ffee`,
        },
      },
    )
    store.addRoots(() => app.diffIds)
    expect(removed(await store.images.remove('app:1', { ...users(false), force: true }))).toEqual([
      'Untagged: app:1',
      `Deleted: ${app.id}`,
    ])
    // The container's layer stays.
    expect(store.layers.list()).toHaveLength(1)
    await store.gc()
    expect(store.layers.list()).toHaveLength(1)
  })

  it('prunes parents that nobody names, and keeps those with children', async () => {
    const store = await newStore()
    const parent = await makeImage(store, [base])
    const child = await makeImage(store, [base, top], ['child'], { parent: parent.id })
    await expect(store.images.remove(parent.id)).rejects.toMatchObject({
      params: { message: expect.stringContaining('image has dependent child images') as string },
    })
    expect(removed(await store.images.remove('child'))).toEqual([
      'Untagged: child:latest',
      `Deleted: ${child.id}`,
      `Deleted: ${chainIds(child.diffIds)[1]}`,
      `Deleted: ${parent.id}`,
      `Deleted: ${chainIds(child.diffIds)[0]}`,
    ])
  })

  it('takes digests of a repository with its last tag', async () => {
    const store = await newStore()
    const app = await makeImage(store, [base], ['reg:5000/app:1'])
    const digest = digestOf('m')
    await store.images.tag(app.id, `reg:5000/app@${digest}`)
    expect(removed(await store.images.remove('reg:5000/app:1')).slice(0, 3)).toEqual([
      'Untagged: reg:5000/app:1',
      `Untagged: reg:5000/app@${digest}`,
      `Deleted: ${app.id}`,
    ])
  })

  it('moves a name from one image to another', async () => {
    const store = await newStore()
    const first = await makeImage(store, [base], ['app'])
    const second = await makeImage(store, [top], ['app'])
    expect(store.images.resolve('app').id).toBe(second.id)
    expect(store.images.isDangling(store.images.get(first.id) ?? second)).toBe(true)
    expect(store.images.uniqueSize([first.id])).toBe(4)
  })
})

describe('gc and fsck', () => {
  it('remove only what nothing needs, beside other work', async () => {
    const store = await newStore()
    await makeImage(store, [base, top], ['kept'])
    const work = async (number: number) => {
      for (let round = 0; round < 5; round++) {
        const content = `${number} ${round}`
        await makeImage(store, [base, [source('f', { content })]], [`w${number}:${round}`])
        if (round % 2 === 0) await store.images.remove(`w${number}:${round}`)
      }
    }
    const collecting = async () => {
      for (let round = 0; round < 20; round++) await store.gc()
    }
    await Promise.all([work(1), work(2), work(3), collecting()])
    expect((await store.fsck()).problems).toEqual([])
    expect(store.images.list()).toHaveLength(1 + 3 * 2)
    await store.gc()
    const { blobs, layers, images } = await store.fsck()
    // One layer for each image and the two of the first; configs.
    expect({ blobs, layers, images }).toEqual({ blobs: 8 + 7, layers: 8, images: 7 })
  })

  it('name what is damaged, and a repair lets it come again', async () => {
    const store = await newStore()
    const image = await makeImage(store, [base, top], ['app'])
    const [first, second] = image.diffIds as [never, never]
    await writeFile(store.blobs.path(first), 'overwritten')
    await store.blobs.delete(second)
    const problems = (await store.fsck({ repair: true })).problems.map(
      ({ kind, subject }) => `${kind} ${subject}`,
    )
    expect(problems).toContain(`blob ${first}`)
    expect(problems).toContain(`layer ${second}`)
    expect(await readFile(join(store.root, 'damaged', String(first).slice(7)), 'utf8')).toBe(
      'overwritten',
    )
    await arrive(store, await tarOf(base))
    await arrive(store, await tarOf(top))
    expect((await store.fsck()).problems).toEqual([])
    expect(await validateImage(await store.images.image(image.id))).toEqual([])
  })

  it('name records that cannot be read', async () => {
    const store = await newStore()
    const image = await makeImage(store, [base], ['app'])
    const file = (folder: string, id: string) =>
      join(store.root, folder, 'sha256', `${id.slice(7)}.json`)
    await store.close()
    await writeFile(file('images', image.id), '{"id":')
    await writeFile(file('layers', image.diffIds[0] as string), '{}')
    const again = await newStore(store.root)
    const { problems } = await again.fsck()
    expect(problems.filter(({ kind }) => kind === 'file')).toHaveLength(2)
    expect(problems.filter(({ kind }) => kind === 'reference')).toHaveLength(1)
  })
})
