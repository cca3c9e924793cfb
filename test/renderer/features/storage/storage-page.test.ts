import { LaminaError } from '@shared/errors'
import { afterEach, describe, expect, it } from 'vitest'
import StoragePage from '@/features/storage/StoragePage.vue'
import { useCommandBarStore } from '@/stores/command-bar'
import type { StorageUsage, StoreReport } from '@shared/storage'
import { ENGINE, fakeMain, task } from '../../support/fake-main'
import { mountPage, settle, type Mounted } from '../../support/mount-page'

const main = fakeMain()
let page: Mounted
afterEach(() => page.unmount())

const usage: StorageUsage = {
  images: { count: 2, size: 400_000_000, reclaimable: 100_000_000 },
  containers: { count: 1, size: 200_000_000, reclaimable: 0 },
  volumes: { count: 0, size: 0, reclaimable: 0 },
}
const sound: StoreReport = { blobs: 9, layers: 4, images: 1, references: 1, problems: [] }
const bundled = { ...ENGINE, id: 'bundled', kind: 'bundled' as const, canRun: false }
const onBundled = {
  'engines.state': () => ({ engines: [bundled], current: bundled.id }),
  'storage.usage': () => usage,
}
const width = (testid: string, part: string) =>
  page.find(testid).querySelector<HTMLElement>(`.${part}`)?.style.width

describe('the storage page', () => {
  it('draws every kind on one scale, and shows what could be given back', async () => {
    main.answer({ 'storage.usage': () => usage })
    page = await mountPage(StoragePage)
    expect(page.text('storage-images')).toMatch(/2 images take 400\sMB100\sMB/)
    expect(width('storage-images', 'used')).toBe('75%')
    expect(width('storage-images', 'free')).toBe('25%')
    expect(width('storage-containers', 'used')).toBe('50%')
    expect(width('storage-volumes', 'used')).toBe('0%')
    expect(page.exists('storage-care')).toBe(false)
    expect(useCommandBarStore().command?.lines).toEqual(['docker system df'])
  })

  it('shows how often a layer is used, and what keeping it once saves', async () => {
    const layer = { chainId: 'sha256:c', diffId: 'sha256:d', createdBy: 'ADD rootfs.tar /' }
    const image = (id: string) => ({ id, references: [id], createdAt: 1, size: 9, layers: [0] })
    main.answer({
      'storage.usage': () => usage,
      'storage.contents': () => ({
        layers: [{ ...layer, size: 50_000_000, stored: null }],
        images: [image('a:1'), image('b:1'), image('c:1')],
        ...{ containers: [], volumes: [] },
      }),
    })
    page = await mountPage(StoragePage)
    expect(page.text('storage-saved')).toMatch(/^100\sMB/)
    expect(page.text('storage-apart')).toMatch(/^150\sMB$/)
    expect(page.text('storage-kept')).toMatch(/^50\sMB$/)
    expect(page.text('storage-layer')).toMatch(/ADD rootfs.tar \/3 images: a:1, b:1, c:1/)
  })

  it('says when the engine does not tell', async () => {
    main.answer({
      'storage.usage': () => {
        throw new LaminaError('engine_refused', { message: 'no' })
      },
    })
    page = await mountPage(StoragePage)
    expect(page.find('error-notice').dataset.code).toBe('engine_refused')
  })
})

describe('the bundled engine’s store', () => {
  it('is checked in a task, and its report stays on the page', async () => {
    main.answer({ ...onBundled, 'storage.check': () => 'check-1' })
    page = await mountPage(StoragePage)
    await page.click('storage-check')
    const part = { id: 'check-1', kind: 'check' as const, subject: '/root' }
    main.emit('task.changed', task(part))
    await settle()
    expect(page.exists('task-cancel')).toBe(true)
    expect((page.find('storage-check') as HTMLButtonElement).disabled).toBe(true)
    main.emit('task.changed', task({ ...part, state: 'done', result: { report: sound } }))
    await settle()
    expect(page.text('storage-report-layers')).toBe('4')
    expect(page.exists('storage-sound')).toBe(true)
  })

  it('lists what is damaged', async () => {
    const problems = [{ kind: 'layer' as const, subject: 'sha256:a', problem: 'it has no blob' }]
    const report = { ...sound, problems }
    const ended = task({ kind: 'check', state: 'done', result: { report } })
    main.answer({ ...onBundled, 'tasks.list': () => [ended] })
    page = await mountPage(StoragePage)
    expect(page.exists('storage-sound')).toBe(false)
    expect(page.text('storage-problem')).toContain('it has no blob')
  })

  it('says how much collecting gave back, and looks at the usage again', async () => {
    main.answer({ ...onBundled, 'storage.collect': () => ({ removed: 3, freed: 2_500_000 }) })
    page = await mountPage(StoragePage)
    await page.click('storage-collect')
    expect(page.text('storage-freed')).toMatch(/^Removed 3 blobs and gave back 2\.5\sMB\.$/)
    expect(main.inputs('storage.usage')).toHaveLength(2)
    main.answer({ ...onBundled, 'storage.collect': () => ({ removed: 0, freed: 0 }) })
    await page.click('storage-collect')
    expect(page.text('storage-freed')).toBe('There was no garbage.')
  })
})
