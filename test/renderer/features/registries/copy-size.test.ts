import { LaminaError } from '@shared/errors'
import { afterEach, expect, it, vi } from 'vitest'
import CopySizeLine from '@/features/registries/CopySizeLine.vue'
import { fakeMain } from '../../support/fake-main'
import { mountPage, type Mounted } from '../../support/mount-page'

const main = fakeMain()
let page: Mounted
afterEach(() => page.unmount())

const text = () => page.text('copy-size')

it('counts every blob of all repositories once, and says how far it is', async () => {
  let answer = () => {}
  const held = new Promise<void>((resolve) => (answer = resolve))
  main.answer({
    'registries.repositories': () => ({ repositories: ['a/app', 'b/app', 'c/none'], next: null }),
    'registries.tags': ({ repository }) => {
      if (repository !== 'c/none') return ['1', '2', '3', '4', '5', '6']
      throw new LaminaError('manifest_unknown')
    },
    'registries.measureCopy': async ({ repository, tags }) => {
      const base = { digest: 'sha256:base', size: 1_000_000 }
      if (repository === 'a/app') return { blobs: [base], unknown: 0 }
      await held
      const own = { digest: `sha256:${tags?.join()}`, size: 250_000 }
      return { blobs: [base, own], unknown: tags?.length === 1 ? 1 : 0 }
    },
  })
  const copy = { id: 'from', to: 'to', platform: 'all', parts: null }
  page = await mountPage(CopySizeLine, { copy })
  await vi.waitFor(() => expect(text()).toContain('6 of 12 tags, 1 MB so far'))
  answer()
  await vi.waitFor(() => expect(text()).toMatch(/^To send: 1.5 MB.*1 tag could not be counted/))
  expect(main.inputs('registries.measureCopy')[1]).toEqual({
    ...{ id: 'from', repository: 'a/app', tags: ['6'], platform: 'all' },
    to: { id: 'to', repository: 'a/app' },
  })
})

it('says when there is nothing to send', async () => {
  main.answer({ 'registries.measureCopy': () => ({ blobs: [], unknown: 0 }) })
  const parts = [{ repository: 'a', target: 'b', tags: ['1'] }]
  page = await mountPage(CopySizeLine, { copy: { id: 'x', to: 'y', platform: 'all', parts } })
  await vi.waitFor(() => expect(text()).toContain('Nothing to send'))
})
