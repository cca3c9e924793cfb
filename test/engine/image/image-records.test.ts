import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Digest } from '../../../src/engine/oci/digest'
import { source } from '../layer/tars'
import { config, makeImage, stores } from './stores'

const newStore = stores()
const layer = [source('file', { content: 'file' })]
const LABELS = { team: 'blue', empty: '' }

type Root = { root: string }
const recordPath = ({ root }: Root, id: Digest) =>
  join(root, 'images/sha256', `${id.slice(7)}.json`)
const configPath = ({ root }: Root, id: Digest) => join(root, 'blobs/sha256', id.slice(7))

async function record(store: Root, id: Digest): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(recordPath(store, id), 'utf8')) as Record<string, unknown>
}

/** As the first records were. */
async function forgetLabels(store: Root, id: Digest): Promise<void> {
  const { labels, ...rest } = await record(store, id)
  expect(labels).toBeDefined()
  await writeFile(recordPath(store, id), JSON.stringify(rest))
}

describe('labels in the record of an image', () => {
  it('are those of its config, which no list reads', async () => {
    const store = await newStore()
    const named = await makeImage(store, [layer], ['named'], { config: { Labels: LABELS } })
    const plain = await makeImage(store, [layer], ['plain'])
    await store.close()
    for (const { id } of [named, plain]) await rm(configPath(store, id))
    const again = await newStore(store.root)
    expect(again.images.get(named.id)?.labels).toEqual(LABELS)
    expect(again.images.get(plain.id)?.labels).toBeNull()
  })

  it('are added to the first records, which had none, when the store opens', async () => {
    const store = await newStore()
    const named = await makeImage(store, [layer], ['named'], { config: { Labels: LABELS } })
    const plain = await makeImage(store, [layer], ['plain'], { parent: named.id })
    const before = store.images.list()
    await store.close()
    for (const { id } of before) await forgetLabels(store, id)
    const again = await newStore(store.root)
    expect(again.images.list()).toEqual(before)
    expect(await record(store, named.id)).toMatchObject({ id: named.id, labels: LABELS })
    expect(await record(store, plain.id)).toMatchObject({ parent: named.id, labels: null })
    expect((await again.fsck()).problems).toEqual([])
  })

  it('stay away where the config is damaged, until it is back', async () => {
    const store = await newStore()
    const { id, diffIds } = await makeImage(store, [layer], ['app'], { config: { Labels: LABELS } })
    await store.close()
    await forgetLabels(store, id)
    await writeFile(configPath(store, id), '{}')
    const damaged = await newStore(store.root)
    expect(damaged.images.resolve('app').labels).toBeNull()
    expect(await record(store, id)).not.toHaveProperty('labels')
    expect((await damaged.fsck({ repair: true })).problems).toMatchObject([
      { kind: 'blob', subject: id },
      { kind: 'image', subject: id },
      { kind: 'image', subject: id },
    ])
    // As a pull or a load brings it.
    await damaged.images.create({ rawConfig: config(diffIds, { config: { Labels: LABELS } }) })
    expect(damaged.images.resolve('app').labels).toEqual(LABELS)
    expect(await record(store, id)).toMatchObject({ labels: LABELS })
    expect((await damaged.fsck()).problems).toEqual([])
  })

  it('are compared with the config by fsck', async () => {
    const store = await newStore()
    const { id } = await makeImage(store, [layer], ['app'], { config: { Labels: LABELS } })
    await store.close()
    const labels = { ...LABELS, team: 'red' }
    await writeFile(recordPath(store, id), JSON.stringify({ ...(await record(store, id)), labels }))
    const again = await newStore(store.root)
    expect((await again.fsck()).problems).toEqual([
      { kind: 'image', subject: id, problem: 'its record and its config have different labels' },
    ])
  })
})

describe('records that cannot be read', () => {
  it('are told by fsck, and keep neither the store shut nor the others away', async () => {
    const store = await newStore()
    const kept = await makeImage(store, [layer], ['kept'])
    const other = [source('other', { content: 'other' })]
    const lost = await makeImage(store, [other], [])
    await store.close()
    const paths = [lost.id, ...lost.diffIds].map((digest, at) =>
      join(store.root, at === 0 ? 'images' : 'layers', 'sha256', `${digest.slice(7)}.json`),
    )
    await writeFile(paths[0] as string, '{')
    // Of another layer than its name says.
    const layers = join(store.root, 'layers/sha256')
    const written = await readFile(join(layers, `${kept.diffIds[0]?.slice(7)}.json`), 'utf8')
    await writeFile(paths[1] as string, written)
    const again = await newStore(store.root)
    expect(again.images.list().map(({ id }) => id)).toEqual([kept.id])
    const { problems } = await again.fsck()
    expect(problems.map(({ kind, subject }) => [kind, subject]).sort()).toEqual(
      paths.map((path) => ['file', path]),
    )
  })
})
