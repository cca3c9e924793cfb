import { LaminaError } from '@shared/errors'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import RegistryPage from '@/features/registries/RegistryPage.vue'
import { useCommandBarStore } from '@/stores/command-bar'
import type { Registry } from '@shared/models'
import { fakeMain, task } from '../../support/fake-main'
import { mountPage, settle, type Mounted } from '../../support/mount-page'

const main = fakeMain()
const digest = (letter: string) => `sha256:${letter.repeat(64)}`
const registry = (id: string, address: string): Registry => ({
  ...{ id, address, protocol: 'http', username: null, secret: null, own: false },
})
const refuse = (code: 'registry_catalog_refused' | 'registry_failed') => () => {
  throw new LaminaError(code, { address: 'r:1', message: 'no' })
}
const details = (letter: string) => ({
  ...{ digest: digest(letter), size: 1_000, platforms: ['linux/amd64'], createdAt: 1_000 },
})

let page: Mounted
const answers = {
  'registries.list': () => [registry('one', 'r:1'), registry('two', 'r:2')],
  'registries.repositories': () => ({ repositories: ['team/app', 'team/web'], next: null }),
  'registries.known': () => [] as string[],
  'registries.addKnown': () => undefined,
  'registries.forgetKnown': () => undefined,
  'registries.tags': () => ['1.9', '1.10', 'latest'],
  'registries.tagDetails': () => details('a'),
}

const open = async (query = '') => {
  page = await mountPage(RegistryPage, { id: 'one' }, `/registries/one${query}`)
}
const keys = (name: string) => page.all(`${name}-row`).map((row) => row.dataset.key)

afterEach(() => page.unmount())

describe('repositories', () => {
  it('come page after page', async () => {
    main.answer({
      ...answers,
      'registries.repositories': ({ after }) =>
        after === null ? { repositories: ['a'], next: 'a' } : { repositories: ['b'], next: null },
    })
    await open()
    expect(keys('repositories')).toEqual(['a'])
    await page.click('repositories-more')
    expect(keys('repositories')).toEqual(['a', 'b'])
    expect(page.exists('repositories-more')).toBe(false)
  })

  it('are those that are known where the registry lists none, and says so', async () => {
    let known = ['team/app']
    main.answer({
      ...answers,
      'registries.repositories': refuse('registry_catalog_refused'),
      'registries.known': () => known,
      'registries.addKnown': ({ repository }) => void (known = [...known, repository].sort()),
      'registries.forgetKnown': ({ repository }) =>
        void (known = known.filter((name) => name !== repository)),
    })
    await open()
    expect(page.find('catalog-refused').dataset.why).toBe('refused')
    expect(page.exists('error-notice')).toBe(false)
    expect(keys('repositories')).toEqual(['team/app'])
    await page.type('repository-input', 'Team/App:1')
    expect((page.find('repository-add') as HTMLButtonElement).disabled).toBe(true)
    await page.type('repository-input', 'team/new')
    await page.click('repository-add')
    expect(keys('repositories')).toEqual(['team/app', 'team/new'])
    expect(page.router.currentRoute.value.query).toEqual({ repository: 'team/new' })
    await page.click('repositories-forget')
    expect(keys('repositories')).toEqual(['team/new'])
  })

  it('keep those that are known beside the registry’s own list, and mark them', async () => {
    main.answer({ ...answers, 'registries.known': () => ['team/app', 'hidden/one'] })
    await open()
    expect(keys('repositories')).toEqual(['hidden/one', 'team/app', 'team/web'])
    expect(page.all('repositories-known')).toHaveLength(1)
    expect(page.exists('catalog-refused')).toBe(false)
  })

  it('show an error that is not a refusal', async () => {
    main.answer({ ...answers, 'registries.repositories': refuse('registry_failed') })
    await open()
    expect(page.find('error-notice').dataset.code).toBe('registry_failed')
  })
})

describe('tags', () => {
  it('stand in the order of their numbers, newest first, each with its details', async () => {
    main.answer(answers)
    await open('?repository=team/app')
    await settle()
    expect(keys('tags')).toEqual(['latest', '1.10', '1.9'])
    expect(page.all('tags-row')[0]?.textContent).toContain('aaaaaaaaaaaa')
    expect(page.all('tags-row')[0]?.textContent).toContain('amd64')
    await page.click('tags-sort-tag')
    expect(keys('tags')).toEqual(['1.9', '1.10', 'latest'])
    expect(useCommandBarStore().command?.lines).toEqual(['curl http://r:1/v2/team/app/tags/list'])
  })

  it('stay when one cannot be read, and it can be tried again', async () => {
    let broken = true
    main.answer({
      ...answers,
      'registries.tagDetails': ({ tag }) => {
        if (broken && tag === '1.9') refuse('registry_failed')()
        return details('b')
      },
    })
    await open('?repository=team/app')
    await settle()
    expect(page.all('tags-failed')).toHaveLength(1)
    expect(page.find('tags-failed').getAttribute('aria-label')).toContain('1.9')
    broken = false
    await page.click('tags-failed')
    await settle()
    expect(page.exists('tags-failed')).toBe(false)
  })

  it('are asked for a few at a time, and only those in view', async () => {
    const tags = Array.from({ length: 1000 }, (_, at) => `1.${at}`)
    let [running, most] = [0, 0]
    const waiting: (() => void)[] = []
    main.answer({
      ...answers,
      'registries.tags': () => tags,
      'registries.tagDetails': async () => {
        most = Math.max(most, ++running)
        await new Promise<void>((resolve) => waiting.push(resolve))
        running--
        return details('c')
      },
    })
    await open('?repository=team/app')
    while (waiting.length > 0) {
      waiting.shift()?.()
      await settle()
    }
    const asked = main.inputs('registries.tagDetails').length
    expect(most).toBe(4)
    expect(asked).toBe(page.all('tags-row').length)
    expect(asked).toBeLessThan(60)
  })

  it('are only looked into for a price where they count as pulls', async () => {
    main.answer({
      ...answers,
      'registries.list': () => [{ ...registry('one', 'docker.io'), protocol: 'https' }],
      'registries.digests': ({ tags }) => Object.fromEntries(tags.map((tag) => [tag, digest('d')])),
    })
    await open('?repository=library/busybox')
    await settle()
    expect(main.inputs('registries.tagDetails')).toEqual([])
    expect(page.all('tags-row')[0]?.textContent).toContain('dddddddddddd')
    await page.click('tags-read-all')
    await settle()
    expect(main.inputs('registries.tagDetails')).toHaveLength(3)
  })
})

async function act(tag: string, action: string): Promise<void> {
  const row = page.all('tags-row').find(({ dataset }) => dataset.key === tag)
  row?.querySelector<HTMLElement>('[data-testid="tags-menu"]')?.click()
  await settle()
  await page.click(`tags-menu-${action}`)
  await settle()
}

describe('a tag that is pulled', () => {
  it('shows its progress and the way to the image', async () => {
    main.answer({ ...answers, 'images.pull': () => 'task-1' })
    await open('?repository=team/app')
    await act('1.10', 'pull')
    expect(main.inputs('images.pull')).toEqual([{ reference: 'r:1/team/app:1.10' }])
    const result = { imageId: digest('9'), reference: 'r:1/team/app:1.10' }
    main.emit('task.changed', task({ kind: 'pull', state: 'done', result }))
    await settle()
    expect(page.find('tags-pull-task').dataset.state).toBe('done')
    expect(page.exists('tags-open-image')).toBe(true)
  })
})

describe('a tag that is deleted', () => {
  it('shows the others of its image first, and deletes what was shown', async () => {
    let tags = ['1.9', 'stable', 'latest']
    main.answer({
      ...answers,
      'registries.tags': () => tags,
      'registries.siblings': () => ({
        digest: digest('e'),
        tags: ['1.9', 'latest', 'stable'],
        indexes: [],
      }),
      'registries.deleteTag': () => {
        tags = ['1.9', 'latest']
        return { digest: digest('e'), how: 'moved', removed: ['stable'] }
      },
    })
    await open('?repository=team/app')
    await act('stable', 'remove')
    expect(page.find('delete-tag-siblings').textContent).toBe('1.9latest')
    expect(useCommandBarStore().command?.match).toBe('none')
    await page.click('delete-tag-remove')
    expect(useCommandBarStore().command?.lines).toEqual([
      'skopeo delete --tls-verify=false docker://r:1/team/app:stable',
    ])
    await page.click('delete-tag-keep')
    await page.click('dialog-delete-tag-submit')
    expect(main.inputs('registries.deleteTag')).toEqual([
      {
        ...{ id: 'one', repository: 'team/app', tag: 'stable' },
        ...{ digest: digest('e'), siblings: 'keep' },
      },
    ])
    expect(page.find('delete-tag-done').dataset.how).toBe('moved')
    await settle()
    expect(keys('tags')).toEqual(['latest', '1.9'])
  })

  it('stays with the reason where the registry deletes nothing', async () => {
    main.answer({
      ...answers,
      'registries.siblings': () => ({ digest: digest('e'), tags: ['1.9'], indexes: ['multi'] }),
      'registries.deleteTag': () => {
        const params = { address: 'r:1', message: 'unsupported' }
        throw new LaminaError('registry_delete_refused', params)
      },
    })
    await open('?repository=team/app')
    await act('1.9', 'remove')
    expect(page.exists('delete-tag-siblings')).toBe(false)
    expect(page.text('delete-tag-indexes')).toContain('multi')
    await page.click('dialog-delete-tag-submit')
    expect(page.find('error-notice').dataset.code).toBe('registry_delete_refused')
    expect(page.text('error-next')).toContain('REGISTRY_STORAGE_DELETE_ENABLED')
  })
})

describe('a copy', () => {
  beforeEach(() => {
    main.answer({
      ...answers,
      'registries.previewCopy': () => ({
        tags: [
          { tag: '1.9', state: 'same', digest: digest('a'), replaces: digest('a') },
          { tag: '1.10', state: 'replaces', digest: digest('b'), replaces: digest('c') },
          { tag: 'latest', state: 'new', digest: digest('d'), replaces: null },
        ],
      }),
      'registries.copy': () => 'copy-1',
    })
  })

  it('shows what it would replace, goes, and names the tag that failed', async () => {
    await open('?repository=team/app')
    await page.click('tags-copy-to')
    await settle()
    expect(main.inputs('registries.previewCopy').at(-1)).toEqual({
      ...{ id: 'one', repository: 'team/app', tags: null, platform: 'all' },
      to: { id: 'two', repository: 'team/app' },
    })
    expect(page.text('copy-counts').replace(/\s+/g, ' ')).toMatch(/1 replaces.*1 new.*1 already/)
    expect(page.text('dialog-copy-tags-submit')).toBe('Copy and replace')
    expect(useCommandBarStore().command?.lines[0]).toMatch(/^for tag in .*skopeo copy --all/)
    await page.click('dialog-copy-tags-submit')
    const error = { code: 'manifest_unknown' as const, params: {}, cause: null }
    main.emit(
      'task.changed',
      task({
        ...{ id: 'copy-1', kind: 'copy', state: 'done', endedAt: 2 },
        result: {
          copies: {
            ...{ source: 'r:1/team/app', target: 'r:2/team/app' },
            tags: [
              { tag: '1.9', digest: digest('a'), state: 'same' },
              { tag: '1.10', digest: digest('b'), state: 'copied' },
            ],
            failed: [{ tag: 'latest', error }],
          },
        },
      }),
    )
    await settle()
    expect(page.text('copy-report')).toContain('Copied 2 of 3 tags to r:2/team/app.')
    expect(page.text('copy-failed')).toMatch(/^latest/)
    expect(page.exists('copy-rest')).toBe(true)
  })

  it('takes the chosen tags, one platform, and another repository of the same registry', async () => {
    await open('?repository=team/app')
    const boxes = page.all('tags-select') as HTMLInputElement[]
    boxes[0]?.click()
    await settle()
    await page.click('tags-copy-to')
    const select = page.find('copy-target') as HTMLSelectElement
    select.value = 'one'
    select.dispatchEvent(new Event('change'))
    await settle()
    expect((page.find('dialog-copy-tags-submit') as HTMLButtonElement).disabled).toBe(true)
    await page.type('copy-repository', 'team/other')
    await page.click('copy-platforms-one')
    await vi.waitFor(() =>
      expect(main.inputs('registries.previewCopy').at(-1)).toEqual({
        ...{ id: 'one', repository: 'team/app', tags: ['latest'], platform: 'linux/amd64' },
        to: { id: 'one', repository: 'team/other' },
      }),
    )
  })
})
