import { afterEach, describe, expect, it } from 'vitest'
import CleanUpDialog from '@/features/storage/CleanUpDialog.vue'
import { candidatesOf, effective, freedBy, type Choice } from '@/features/storage/clean-up'
import { sharingOf } from '@/features/storage/shared-layers'
import { useCommandBarStore } from '@/stores/command-bar'
import type { StorageContents } from '@shared/storage'
import { fakeMain, task } from '../../support/fake-main'
import { mountPage, settle, type Mounted } from '../../support/mount-page'

const id = (letter: string) => `sha256:${letter.repeat(64)}`
const layer = (letter: string, size: number) => ({
  ...{ chainId: id(letter), diffId: id(letter), size, stored: null, createdBy: `COPY ${letter}` },
})
const image = (letter: string, references: string[], layers: number[]) => ({
  ...{ id: id(letter), references, layers, createdAt: 1, size: 0 },
})

/** base is shared by all; web runs, old stopped; the volume belongs to the stopped one. */
const contents: StorageContents = {
  layers: [layer('1', 1000), layer('2', 200), layer('3', 30), layer('4', 4)],
  images: [
    image('a', ['base:1'], [0]),
    image('b', ['app:1', 'app:latest'], [0, 1]),
    image('c', [], [0, 1, 2]),
    image('d', ['old:1'], [0, 3]),
  ],
  containers: [
    {
      id: 'r1',
      name: 'web',
      image: 'base:1',
      imageId: id('a'),
      state: 'running',
      createdAt: 1,
      size: 7,
    },
    {
      id: 's1',
      name: 'old-1',
      image: 'old:1',
      imageId: id('d'),
      state: 'exited',
      createdAt: 1,
      size: 50,
    },
  ],
  volumes: [
    { name: 'data', size: 9, containers: ['s1'] },
    { name: 'free', size: 8, containers: [] },
    { name: 'busy', size: 7, containers: ['r1'] },
  ],
}
const choose = (part: Partial<Choice>): Choice => ({
  ...{ containers: new Set(), dangling: new Set(), images: new Set(), volumes: new Set() },
  ...part,
})
const freed = (part: Partial<Choice>) =>
  freedBy(contents, effective(candidatesOf(contents), choose(part)))

describe('what could go', () => {
  it('is nothing that a running container needs', () => {
    const found = candidatesOf(contents)
    expect(found.containers.map(({ name }) => name)).toEqual(['old-1'])
    expect(found.dangling.map((one) => one.id)).toEqual([id('c')])
    expect(found.images.map(({ name }) => name)).toEqual(['app:1', 'old:1'])
    expect(found.volumes.map(({ name }) => name)).toEqual(['data', 'free'])
  })

  it('frees only layers that no image that stays has', () => {
    expect(freed({ dangling: new Set([id('c')]) })).toBe(30)
    expect(freed({ images: new Set([id('b')]) })).toBe(0)
    expect(freed({ images: new Set([id('b')]), dangling: new Set([id('c')]) })).toBe(230)
  })

  it('stays while a container that stays needs it', () => {
    expect(freed({ images: new Set([id('d')]), volumes: new Set(['data']) })).toBe(0)
    const all = {
      images: new Set([id('d')]),
      volumes: new Set(['data']),
      containers: new Set(['s1']),
    }
    expect(freed(all)).toBe(4 + 9 + 50)
  })
})

describe('sharing', () => {
  it('counts each layer once, and what that saves', () => {
    const { apart, kept, saved, shared } = sharingOf(contents)
    expect({ apart, kept, saved }).toEqual({ apart: 4434, kept: 1234, saved: 3200 })
    expect(shared.map((row) => [row.images, row.saved])).toEqual([
      [['base:1', 'app:1', id('c'), 'old:1'], 3000],
      [['app:1', id('c')], 200],
    ])
  })

  it('takes the bytes on the disk where they are told', () => {
    const layers = contents.layers.map((one) => ({ ...one, stored: one.size / 2 }))
    expect(sharingOf({ ...contents, layers }).kept).toBe(617)
  })
})

describe('the clean-up dialog', () => {
  const main = fakeMain()
  let page: Mounted
  afterEach(() => page.unmount())
  const box = (one: string) =>
    document.querySelector<HTMLInputElement>(
      `[data-testid="clean-up-item"][data-id="${one}"] input`,
    )

  it('begins with what nobody can miss, and removes exactly what is ticked', async () => {
    main.answer({ 'storage.contents': () => contents, 'storage.cleanUp': () => 't1' })
    page = await mountPage(CleanUpDialog, { show: true })
    expect(page.text('clean-up-frees')).toMatch(/^Frees 30\sB$/)
    expect(box(id('c'))?.checked).toBe(true)
    expect(box(id('d'))?.disabled).toBe(true)
    box('s1')?.click()
    await settle()
    expect(box(id('d'))?.disabled).toBe(false)
    await page.click('clean-up-images-all')
    expect(page.text('clean-up-frees')).toMatch(/^Frees 284\sB$/)
    expect(useCommandBarStore().command?.lines).toEqual([
      'docker rm old-1',
      'docker rmi app:1 app:latest cccccccccccc old:1',
    ])
    await page.click('dialog-clean-up-submit')
    expect(main.inputs('storage.cleanUp')).toEqual([
      {
        containers: ['s1'],
        images: [
          { id: id('b'), references: ['app:1', 'app:latest'] },
          { id: id('c'), references: [] },
          { id: id('d'), references: ['old:1'] },
        ],
        volumes: [],
      },
    ])
    const changed = { code: 'changed_meanwhile' as const, params: { name: 'old:1' }, cause: null }
    const report = {
      lines: [{ kind: 'deleted' as const, name: id('c') }],
      freed: 30,
      failed: [{ name: 'old:1', error: changed }],
    }
    main.emit(
      'task.changed',
      task({ id: 't1', kind: 'clean-up', state: 'done', result: { cleanUp: report } }),
    )
    await settle()
    expect(page.text('clean-up-freed')).toMatch(/^Gave back 30\sB$/)
    expect(page.find('clean-up-failed').dataset.code).toBe('changed_meanwhile')
  })

  it('says when everything is in use', async () => {
    const empty = { layers: [], images: [], containers: [], volumes: [] }
    main.answer({ 'storage.contents': () => empty })
    page = await mountPage(CleanUpDialog, { show: true })
    expect(page.text('clean-up-frees')).toContain('Nothing to clean up')
    expect((page.find('dialog-clean-up-submit') as HTMLButtonElement).disabled).toBe(true)
  })
})
