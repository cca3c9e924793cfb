import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import BuildPage from '@/features/build/BuildPage.vue'
import { useCommandBarStore } from '@/stores/command-bar'
import type { LogLine, Task } from '@shared/models'
import { fakeMain, task } from '../../support/fake-main'
import { mountPage, settle, type Mounted } from '../../support/mount-page'

const main = fakeMain()
let page: Mounted
const line = (text: string): LogLine => ({ kind: 'output', text })
const build = (part: Partial<Task>): Task =>
  task({ id: 'b1', kind: 'build', subject: 'team/app:1', ...part })
const submit = () => page.find('build-submit') as HTMLButtonElement

beforeEach(() => {
  main.answer({
    'files.open': () => [{ id: 'f1', name: 'shop', size: null }],
    'images.build': () => 'b1',
    'tasks.log': () => ({ from: 0, lines: [line('one')] }),
  })
})
afterEach(() => page.unmount())

async function fill(): Promise<void> {
  await page.click('build-folder')
  await page.type('build-reference', 'team/app:1')
}

describe('the build page', () => {
  it('sends what was chosen and typed, and shows the command', async () => {
    page = await mountPage(BuildPage)
    expect(submit().disabled).toBe(true)
    await fill()
    await page.click('build-arg-add')
    await page.type('build-arg-name', '1X')
    expect(submit().disabled).toBe(true)
    await page.type('build-arg-name', 'VERSION')
    await page.type('build-arg-value', '1 2')
    await page.click('build-arg-add')
    await page.type('build-dockerfile', 'deploy/web.Dockerfile')
    await page.type('build-target', 'prod')
    expect(useCommandBarStore().command?.lines).toEqual([
      "docker build -t team/app:1 -f shop/deploy/web.Dockerfile --build-arg 'VERSION=1 2' --target prod shop",
    ])
    await page.click('build-submit')
    expect(main.inputs('images.build')).toEqual([
      {
        context: 'f1',
        dockerfile: 'deploy/web.Dockerfile',
        reference: 'team/app:1',
        args: [{ name: 'VERSION', value: '1 2' }],
        target: 'prod',
        noCache: false,
      },
    ])
  })

  it('follows the log by its numbers, and opens the image at the end', async () => {
    page = await mountPage(BuildPage)
    await fill()
    await page.click('build-submit')
    main.emit('task.changed', build({}))
    await settle()
    expect(page.all('log-line').map((one) => one.textContent)).toEqual(['one'])
    main.emit('task.logged', { id: 'b1', from: 0, lines: [line('one'), line('two')] })
    main.emit('task.logged', { id: 'other', from: 2, lines: [line('not mine')] })
    await settle()
    expect(page.all('log-line').map((one) => one.textContent)).toEqual(['one', 'two'])
    main.emit('task.changed', build({ state: 'done', result: { imageId: 'sha256:a' } }))
    await settle()
    expect(page.router.currentRoute.value).toMatchObject({
      name: 'image',
      params: { id: 'sha256:a' },
      query: { reference: 'team/app:1' },
    })
  })

  it('shows the step at which it stopped, with what to do', async () => {
    const error = {
      code: 'build_needs_docker' as const,
      params: { step: '2/2 RUN x' },
      cause: null,
    }
    main.answer({
      'tasks.list': () => [build({ state: 'failed', error })],
      'tasks.log': () => ({ from: 5, lines: [line('last')] }),
    })
    page = await mountPage(BuildPage, {}, '/?task=b1')
    expect(page.text('error-what')).toContain('2/2 RUN x')
    expect(page.text('error-next')).toContain('Start Docker')
    expect(page.text('log-count')).toBe('6 lines')
  })
})
