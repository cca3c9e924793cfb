import { randomBytes } from 'node:crypto'
import { readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { StorageUsage } from '../../../src/shared/storage'
import { sharedDaemon } from '../../support/daemon'
import { busyboxRootfs } from '../../support/rootfs'
import { waitFor } from '../../support/temp'
import { errorOf, openApp, type TestApp } from '../support'

describe('the bundled engine', () => {
  let lamina: TestApp

  beforeAll(async () => {
    lamina = await openApp({ engine: 'bundled' })
    await waitFor('the sample', async () => (await lamina.call('images.list', {})).length > 0)
  })

  afterAll(() => lamina.close())

  it('says what it takes', async () => {
    const usage = await lamina.call('storage.usage', {})
    const [sample] = await lamina.call('images.list', {})
    const size = sample?.size
    expect(usage).toEqual({
      images: { count: 1, size, reclaimable: size },
      containers: { count: 0, size: 0, reclaimable: 0 },
      volumes: { count: 0, size: 0, reclaimable: 0 },
    })
  })

  it('keeps each layer once, whatever the number of images', async () => {
    const [sample] = await lamina.call('images.list', {})
    const { id: container } = await lamina.call('containers.create', {
      ...{ image: sample?.id ?? '', name: 'twin', command: [] },
    })
    const input = { id: container, reference: 'twin:1', author: '', message: '', pause: false }
    await lamina.task('containers.commit', input)
    const contents = await lamina.call('storage.contents', {})
    expect(contents.images.map(({ layers }) => layers.length).sort()).toEqual([4, 4])
    const used = new Set(contents.images.flatMap(({ layers }) => layers))
    expect(used.size).toBe(4)
    // What is told of the disk is what lies there.
    const stored = contents.layers.reduce((sum, layer) => sum + (layer.stored ?? 0), 0)
    const blobs = join(lamina.home, 'engine/blobs/sha256')
    const names = await readdir(blobs)
    const sizes = await Promise.all(names.map(async (name) => (await stat(join(blobs, name))).size))
    const documents = sizes.reduce((sum, size) => sum + size, 0) - stored
    expect(documents).toBeGreaterThanOrEqual(0)
    expect(documents).toBeLessThan(40_000)

    const images = contents.images.map(({ id, references }) => ({ id, references }))
    const twin = images.filter(({ references }) => references.includes('twin:1'))
    const chosen = { containers: [container], images: twin, volumes: [] }
    const { result, state } = await lamina.task('storage.cleanUp', chosen)
    expect(state).toBe('done')
    expect(result?.cleanUp?.failed).toEqual([])
    expect(result?.cleanUp?.lines).toEqual(
      expect.arrayContaining([
        { kind: 'container', name: 'twin' },
        { kind: 'untagged', name: 'twin:1' },
        { kind: 'deleted', name: twin[0]?.id },
      ]),
    )
    expect(await lamina.call('images.list', {})).toHaveLength(1)
  })

  it('leaves alone what changed since the preview', async () => {
    const [sample] = await lamina.call('images.list', {})
    const id = sample?.id ?? ''
    await lamina.call('images.tag', { id, reference: 'meanwhile:1' })
    const images = [{ id, references: sample?.repoTags ?? [] }]
    const { result } = await lamina.task('storage.cleanUp', { containers: [], images, volumes: [] })
    expect(result?.cleanUp?.lines).toEqual([])
    expect(result?.cleanUp?.failed).toMatchObject([{ error: { code: 'changed_meanwhile' } }])
    await lamina.call('images.remove', { references: ['meanwhile:1'], force: false })
  })

  it('is checked, cleaned, and checked again', async () => {
    const sound = await lamina.task('storage.check', {})
    expect(sound).toMatchObject({
      kind: 'check',
      state: 'done',
      subject: join(lamina.home, 'engine'),
      result: { report: { images: 1, layers: 4, references: 1, problems: [] } },
    })
    // It tells how much it has read, and of how much.
    const [item] = sound.items
    expect(item?.total).toBeGreaterThan(0)
    expect(item?.done).toBeGreaterThan(0)
    expect(await lamina.call('storage.collect', {})).toEqual({ removed: 0, freed: 0 })
    const [damaged] = await largestBlob(join(lamina.home, 'engine/blobs/sha256'))
    await writeFile(damaged as string, randomBytes(10))
    const { result } = await lamina.task('storage.check', {})
    expect(result?.report?.problems.length).toBeGreaterThan(0)
  })

  it('can be cancelled, and ends in one way or the other', async () => {
    const id = await lamina.call('storage.check', {})
    await lamina.call('tasks.cancel', { id })
    const ended = await lamina.taskWhen(id, ({ state }) => state !== 'running')
    expect(['cancelled', 'done']).toContain(ended.state)
    const unknown = errorOf(lamina.call('tasks.cancel', { id: 'nobody' }))
    expect((await unknown).code).toBe('not_found')
  })
})

describe('a Docker daemon', () => {
  it('is summed up as docker system df sums it up', async () => {
    const daemon = sharedDaemon()
    const lamina = await openApp({ dockerHost: daemon.host, engine: 'docker' })
    try {
      await daemon.dockerOk(['import', await busyboxRootfs(), 'h10/base:1'])
      await daemon.dockerOk(['create', '--name', 'h10', '-v', 'h10:/data', 'h10/base:1', 'sh'])
      await daemon.dockerOk(['volume', 'create', 'h10-unused'])
      // Others use this daemon, too: the same moment is asked for until both saw the same.
      await waitFor('the same sums', async () => {
        const usage = await lamina.call('storage.usage', {})
        const format = '{{.TotalCount}} {{.Reclaimable}}'
        const printed = await daemon.dockerOk(['system', 'df', '--format', format])
        return sameAs(usage, printed.split('\n'))
      })
    } finally {
      await lamina.close()
      await daemon.docker(['rm', '-f', 'h10'])
      await daemon.docker(['volume', 'rm', 'h10', 'h10-unused'])
      await daemon.docker(['rmi', 'h10/base:1'])
    }
  })
})

/** Whether the CLI's rows ("3 4.2MB (100%)"; images, containers, volumes) say the same. */
function sameAs({ images, containers, volumes }: StorageUsage, rows: string[]): boolean {
  return [images, containers, volumes].every(({ count, reclaimable }, index) => {
    const [total, size] = (rows[index] ?? '').split(' ')
    return Number(total) === count && bytesOf(size ?? '') === Number(reclaimable.toPrecision(4))
  })
}

/** Docker's sizes have four digits and steps of 1000. */
function bytesOf(size: string): number {
  const [, digits, unit] = /^([\d.]+)([kMG]?)B$/.exec(size) ?? []
  const factor = { '': 1, k: 1e3, M: 1e6, G: 1e9 }[unit ?? ''] ?? NaN
  return Number((Number(digits) * factor).toPrecision(4))
}

async function largestBlob(folder: string): Promise<string[]> {
  const paths = (await readdir(folder)).map((name) => join(folder, name))
  const sized = await Promise.all(
    paths.map(async (path) => ({ path, size: (await stat(path)).size })),
  )
  return sized.sort((a, b) => b.size - a.size).map(({ path }) => path)
}
