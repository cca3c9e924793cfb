import { spawnSync } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { loadArchive } from '../../../src/engine/image/load'
import { saveArchive } from '../../../src/engine/image/save'
import type { Store } from '../../../src/engine/image/types'
import { validateImage } from '../../../src/engine/image/validate'
import type { LayerSource } from '../../../src/engine/layer/types'
import { digestOf } from '../../../src/engine/oci/digest'
import { directory, hardlink, source, symlink, tarOf, whiteout } from '../layer/tars'
import { arrive, collect, config, makeImage, PLATFORM, stores, streamOf, zstd } from './stores'

const newStore = stores()

const base = [directory('etc'), source('etc/a', { content: 'a'.repeat(5000) })]
const top = [source('etc/b', { content: 'b' }), whiteout('etc/a')]
const load = (store: Store, bytes: Buffer, step = 65_536) =>
  loadArchive(store, streamOf(bytes, step), { name: 'it.tar', platform: PLATFORM })
const json = (value: unknown) => Buffer.from(JSON.stringify(value))
const hex = (data: Buffer | string) => digestOf(data).slice(7)

/** What `docker save` of Docker 1.10 to 24 writes: folders of layers, a repeated one as a link. */
async function oldLayout(
  change: { files?: LayerSource[]; manifest?: unknown; config?: Buffer } = {},
): Promise<{ archive: Buffer; id: string }> {
  const layers = [await tarOf(base), await tarOf(top), await tarOf(base)]
  const rawConfig = change.config ?? config(layers.map((layer) => digestOf(layer)))
  const ids = ['1', '2', '3'].map((digit) => digit.repeat(64))
  const item = {
    Config: `${hex(rawConfig)}.json`,
    RepoTags: ['app:1', 'reg:5000/team/app:2'],
    Layers: ids.map((id) => `${id}/layer.tar`),
  }
  const archive = await tarOf([
    ...ids.flatMap((id, at) => [
      directory(id),
      source(`${id}/VERSION`, { content: '1.0' }),
      source(`${id}/json`, { content: json({ id }) }),
      at === 2
        ? symlink(`${id}/layer.tar`, `../${ids[0]}/layer.tar`)
        : source(`${id}/layer.tar`, { content: layers[at] as Buffer }),
    ]),
    source(item.Config, { content: rawConfig }),
    ...(change.files ?? []),
    source('manifest.json', { content: json(change.manifest ?? [item]) }),
    source('repositories', { content: json({ app: { 1: ids[2] } }) }),
  ])
  return { archive, id: digestOf(rawConfig) }
}

describe('load', () => {
  it.each([
    ['plain', (bytes: Buffer) => bytes],
    ['gzip', (bytes: Buffer) => gzipSync(bytes)],
    ['zstd', (bytes: Buffer) => zstd(bytes)],
  ] as const)('takes what docker save wrote before Docker 25, %s', async (_, pack) => {
    const { archive, id } = await oldLayout()
    for (const step of [1 << 20, 1000]) {
      const store = await newStore()
      expect(await load(store, pack(archive), step)).toEqual([
        { id, references: ['app:1', 'reg:5000/team/app:2'], renamed: [] },
      ])
      const image = store.images.resolve('reg:5000/team/app:2')
      expect(image.id).toBe(id)
      expect(await validateImage(await store.images.image(image.id))).toEqual([])
      // The base is kept once, and nothing else stays of the archive.
      expect(store.layers.list()).toHaveLength(2)
      await store.gc()
      expect(await store.fsck()).toMatchObject({ problems: [], images: 1 })
    }
  })

  it('says which image loses its name', async () => {
    const store = await newStore()
    const before = await makeImage(store, [top], ['app:1'])
    const { archive, id } = await oldLayout()
    expect(await load(store, archive)).toMatchObject([
      { id, renamed: [{ reference: 'app:1', from: before.id }] },
    ])
    expect(store.images.get(before.id)?.tags).toEqual([])
  })

  it('does without the file of a layer that the store has', async () => {
    const store = await newStore()
    const keep = await makeImage(store, [base], ['keep'])
    const rawConfig = config(keep.diffIds)
    const archive = await tarOf([
      source('c.json', { content: rawConfig }),
      source('manifest.json', {
        content: json([{ Config: 'c.json', Layers: ['gone/layer.tar'] }]),
      }),
    ])
    expect(await load(store, archive)).toMatchObject([{ id: digestOf(rawConfig), references: [] }])
    await expect(load(await newStore(), archive)).rejects.toMatchObject({
      code: 'archive_corrupted',
      params: { name: 'it.tar', reason: 'the layer gone/layer.tar is missing' },
    })
  })

  it('stops when cancelled, and leaves nothing half written', async () => {
    const store = await newStore()
    const { archive } = await oldLayout()
    const controller = new AbortController()
    const stream = (async function* () {
      for await (const chunk of streamOf(archive, 3000)) {
        yield chunk
        controller.abort()
      }
    })()
    const options = { name: 'x', platform: PLATFORM, signal: controller.signal }
    await expect(loadArchive(store, stream, options)).rejects.toMatchObject({ code: 'cancelled' })
    expect(await readdir(join(store.root, 'ingest'))).toEqual([])
    await store.gc()
    expect((await store.fsck()).blobs).toBe(0)
  })
})

describe('save', () => {
  it('comes back as the same images, with plain, gzip and zstd layers', async () => {
    const store = await newStore()
    const lease = store.blobs.lease()
    const packed = gzipSync(await tarOf([source('packed', { content: 'gz' })]))
    const squeezed = zstd(await tarOf([source('squeezed', { content: 'zst' })]))
    const diffIds = []
    for (const bytes of [await tarOf(base), packed, squeezed])
      diffIds.push((await arrive(store, bytes, { lease })).diffId)
    const mixed = await store.images.create({ rawConfig: config(diffIds) })
    await store.images.tagAll(
      ['mixed:1', 'mixed:2'].map((reference) => ({ id: mixed.id, reference })),
    )
    const other = await makeImage(store, [base, top], ['reg:5000/other'])
    lease.release()

    const archive = await collect(
      await saveArchive(store, ['mixed', 'reg:5000/other:latest', other.id]),
    )
    const target = await newStore()
    expect(await load(target, archive)).toEqual([
      { id: mixed.id, references: ['mixed:1', 'mixed:2'], renamed: [] },
      { id: other.id, references: ['reg:5000/other:latest'], renamed: [] },
    ])
    for (const { id } of target.images.list())
      expect(await validateImage(await target.images.image(id))).toEqual([])
    expect(target.layers.get(diffIds[1] as never)?.forms[0]?.compression).toBe('gzip')
    const again = await collect(await saveArchive(target, ['mixed', 'reg:5000/other']))
    expect(again.equals(archive)).toBe(true)
    const byId = await collect(await saveArchive(store, [mixed.id.slice(7, 19)]))
    expect(await load(await newStore(), byId)).toMatchObject([{ id: mixed.id, references: [] }])
  })

  it('is an OCI layout for others', async () => {
    const store = await newStore()
    await makeImage(store, [base, top], ['reg:5000/app:v1'])
    const archive = await collect(await saveArchive(store, ['reg:5000/app:v1']))
    const list = spawnSync('tar', ['-tf', '-'], { input: archive }).stdout.toString()
    expect(list.split('\n')).toEqual(
      expect.arrayContaining(['index.json', 'manifest.json', 'oci-layout', 'repositories']),
    )
    // As an OCI layout alone it says the same.
    const names = ['--delete', 'manifest.json', 'repositories']
    const layout = spawnSync('tar', ['-f', '-', ...names], { input: archive, maxBuffer: 1 << 28 })
    const target = await newStore()
    expect(await load(target, layout.stdout)).toMatchObject([
      { id: store.images.resolve('reg:5000/app:v1').id, references: ['reg:5000/app:v1'] },
    ])
    expect((await target.fsck()).problems).toEqual([])
  })

  it('knows at once what is not there, and can be left early', async () => {
    const store = await newStore()
    await expect(saveArchive(store, ['nothing'])).rejects.toMatchObject({ code: 'not_found' })
    const app = await makeImage(
      store,
      [[source('f', { content: Buffer.alloc(5_000_000) })]],
      ['app'],
    )
    for await (const chunk of await saveArchive(store, ['app'])) {
      expect(chunk.length).toBeGreaterThan(0)
      break
    }
    expect(store.blobs.leased(app.id)).toBe(false)
  })
})

describe('hostile archives', () => {
  const refused = async (archive: Buffer, code = 'archive_corrupted') => {
    const store = await newStore()
    await expect(load(store, archive)).rejects.toMatchObject({ code })
    expect(store.images.list()).toEqual([])
    expect(await readdir(join(store.root, 'ingest'))).toEqual([])
    await store.gc()
    expect((await store.fsck()).blobs).toBe(0)
    await store.close()
  }

  it('are refused when they are no archive, cut short, or of another kind', async () => {
    const { archive } = await oldLayout()
    await refused(Buffer.alloc(0))
    await refused(Buffer.from('hello'))
    await refused(archive.subarray(0, 9000))
    await refused(gzipSync(archive).subarray(0, 300))
    await refused(zstd(archive).subarray(0, 100))
    await refused(await tarOf(base), 'archive_unsupported')
    await refused(await tarOf([source('repositories', { content: '{}' })]), 'archive_unsupported')
  })

  it('are refused for a manifest that is wrong', async () => {
    const file = (name: string, content: Buffer | string) => source(name, { content })
    for (const content of [
      '',
      '{}',
      '[{"Config":1}]',
      '[{"Config":"a","Config":"b"}]',
      '[{"Config":"../../etc/passwd","Layers":[]}]',
      `["${'x'.repeat(5 * 1024 * 1024)}"]`,
    ])
      await refused(await tarOf([file('manifest.json', content)]))
    await refused((await oldLayout({ manifest: [{ Config: 'none.json', Layers: [] }] })).archive)
    const bad = config([digestOf('x'), digestOf('y'), digestOf('z')])
    await refused((await oldLayout({ config: bad })).archive, 'digest_mismatch')
    await refused((await oldLayout({ config: Buffer.from('{"os":1}') })).archive)
    const { archive } = await oldLayout({ files: [source('manifest.json', { content: '[]' })] })
    await refused(archive)
  })

  it('are refused for links in circles, sparse files and devices in the place of layers', async () => {
    const rawConfig = config([digestOf('x')])
    const item = { Config: 'c.json', RepoTags: ['x:1'], Layers: ['layer.tar'] }
    const around = async (layer: LayerSource[]) =>
      tarOf([
        ...layer,
        source('c.json', { content: rawConfig }),
        source('manifest.json', { content: json([item]) }),
      ])
    await refused(await around([symlink('layer.tar', 'other'), symlink('other', 'layer.tar')]))
    await refused(await around([symlink('layer.tar', '../../../etc/passwd')]))
    await refused(await around([symlink('layer.tar', '/etc/passwd')]))
    await refused(await around([hardlink('layer.tar', '../../../etc/passwd')]))
    await refused(await around([source('layer.tar', { type: 'block', devMajor: 8 })]))
    await refused(await around([source('layer.tar', { content: 'no tar at all' })]))
    const petabyte = { size: 2 ** 50, sparse: [{ offset: 2 ** 49, length: 3 }], content: 'abc' }
    await refused(await around([source('layer.tar', petabyte)]))
  })

  it('are refused as OCI layouts too', async () => {
    const layer = await tarOf(base)
    const rawConfig = config([digestOf(layer)])
    const blob = (content: Buffer, name = hex(content)) =>
      source(`blobs/sha256/${name}`, { content })
    const describe = (content: Buffer, mediaType: string) => ({
      mediaType,
      digest: digestOf(content),
      size: content.length,
    })
    const OCI = 'application/vnd.oci.image'
    const manifestOf = (layers: object[]) =>
      json({
        schemaVersion: 2,
        config: describe(rawConfig, `${OCI}.config.v1+json`),
        layers,
      })
    const layout = (manifests: object[], blobs: LayerSource[]) =>
      tarOf([...blobs, source('index.json', { content: json({ schemaVersion: 2, manifests }) })])
    const good = manifestOf([describe(layer, `${OCI}.layer.v1.tar`)])
    const entry = describe(good, `${OCI}.manifest.v1+json`)
    const blobs = [blob(layer), blob(rawConfig), blob(good)]

    const store = await newStore()
    expect(await load(store, await layout([entry], blobs))).toMatchObject([{ references: [] }])
    await refused(await layout([], blobs))
    await refused(await layout([entry], [blob(layer), blob(rawConfig)]))
    await refused(await layout([entry], [blob(rawConfig), blob(good)]))
    await refused(await layout([{ ...entry, size: 5 }], blobs))
    const swapped = [blob(layer), blob(rawConfig), blob(rawConfig, hex(good))]
    await refused(await layout([entry], swapped), 'digest_mismatch')
    const wrong = manifestOf([{ ...describe(layer, `${OCI}.layer.v1.tar`), size: 1 }])
    await refused(await layout([describe(wrong, entry.mediaType)], [...blobs, blob(wrong)]))
    const strange = manifestOf([describe(layer, 'application/x-strange')])
    await refused(
      await layout([describe(strange, entry.mediaType)], [...blobs, blob(strange)]),
      'archive_unsupported',
    )
    // Indexes in indexes in indexes.
    let nested = entry as object & { mediaType: string }
    const more = [...blobs]
    for (let depth = 0; depth < 8; depth++) {
      const index = json({ schemaVersion: 2, manifests: [nested] })
      more.push(blob(index))
      nested = describe(index, `${OCI}.index.v1+json`)
    }
    await refused(await layout([nested], more))
  })

  it('keep layers with hostile paths inside their root', async () => {
    const store = await newStore()
    const layer = await tarOf([
      source('../../../etc/passwd', { content: 'x' }),
      source('/abs', { content: 'y' }),
      symlink('out', '/etc'),
      source('out/shadow', { content: 'z' }),
      symlink('up', '../../../../..'),
      source('up/root', { content: 'r' }),
      hardlink('hard', '../../../../etc/passwd'),
    ])
    const rawConfig = config([digestOf(layer)])
    const archive = await tarOf([
      source('layer.tar', { content: layer }),
      source('c.json', { content: rawConfig }),
      source('manifest.json', { content: json([{ Config: 'c.json', Layers: ['layer.tar'] }]) }),
    ])
    const [loaded] = await load(store, archive)
    const image = loaded && store.images.get(loaded.id)
    const tree = await store.layers.union(image?.diffIds ?? [])
    const paths = Array.from({ length: tree.count - 1 }, (_, at) => tree.path(at + 1)).sort()
    expect(paths).toEqual(['abs', 'etc', 'etc/passwd', 'etc/shadow', 'hard', 'out', 'root', 'up'])
    expect(tree.content(tree.find('hard'))?.entry.size).toBe(1)
  })
})
