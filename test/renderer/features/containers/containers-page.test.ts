import { LaminaError } from '@shared/errors'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import ContainersPage from '@/features/containers/ContainersPage.vue'
import RemoveContainerDialog from '@/features/containers/RemoveContainerDialog.vue'
import { joinLines } from '@/lib/docker-command'
import { useCommandBarStore } from '@/stores/command-bar'
import type { ContainerState, ContainerSummary } from '@shared/models'
import { ENGINE, fakeMain } from '../../support/fake-main'
import { mountPage, type Mounted } from '../../support/mount-page'

const main = fakeMain()
const container = (name: string, state: ContainerState): ContainerSummary => ({
  id: `id-${name}`,
  name,
  image: 'debian:12',
  imageId: 'sha256:aa',
  command: 'bash',
  createdAt: 1,
  state,
  status: '',
})
const items = [container('web', 'running'), container('job', 'exited')]
const summary = { tree: 't', entries: 2, bytes: 1_000, added: 1, changed: 0, deleted: 1 }
const command = () => {
  const { command } = useCommandBarStore()
  return command ? joinLines(command) : ''
}
let page: Mounted
afterEach(() => page.unmount())

describe('the containers page', () => {
  it('counts by state and offers an image to the one who has none', async () => {
    main.answer({ 'containers.list': () => items })
    page = await mountPage(ContainersPage)
    expect(page.text('containers-filter-all')).toMatch(/2$/)
    expect(page.text('containers-filter-running')).toMatch(/1$/)
    page.unmount()

    main.answer({})
    page = await mountPage(ContainersPage)
    await page.click('containers-empty-action')
    expect(page.router.currentRoute.value.name).toBe('images')
    expect(command()).toBe('docker ps -a')
  })

  it('says why nothing can be started on the bundled engine', async () => {
    const bundled = { ...ENGINE, id: 'bundled', kind: 'bundled' as const, canRun: false }
    main.answer({
      'engines.state': () => ({ engines: [bundled], current: 'bundled' }),
      'containers.list': () => [container('job', 'created')],
    })
    page = await mountPage(ContainersPage)
    for (const button of page.all('containers-start')) {
      expect(button.getAttribute('aria-disabled')).toBe('true')
      expect(button.title).toContain('bundled')
      button.click()
    }
    expect(main.inputs('containers.start')).toEqual([])
  })
})

describe('removing a container', () => {
  const open = async (state: ContainerState) => {
    main.answer({
      'trees.open': () => ({ state: 'ready', summary }),
      'containers.remove': () => undefined,
    })
    page = await mountPage(RemoveContainerDialog, { container: container('web', state) })
  }
  const submit = () => page.find('dialog-container-remove-submit') as HTMLButtonElement

  beforeEach(() => open('running'))

  it('says what is lost and wants force for one that runs', async () => {
    expect(page.text('container-remove-loss')).toContain('2 uncommitted changes')
    expect(submit().disabled).toBe(true)
    await page.click('container-remove-force')
    await page.click('container-remove-volumes')
    expect(command()).toBe('docker rm -f -v web')
    await page.click('dialog-container-remove-submit')
    expect(main.inputs('containers.remove')).toEqual([{ id: 'id-web', force: true, volumes: true }])
    expect(page.wrapper.emitted('removed')).toHaveLength(1)
  })

  it('offers to commit first', async () => {
    await page.click('container-remove-commit')
    expect(page.wrapper.emitted('commit')).toHaveLength(1)
    expect(main.inputs('containers.remove')).toEqual([])
  })

  it('shows why it could not be removed', async () => {
    page.unmount()
    await open('exited')
    main.answer({
      'containers.remove': () => {
        throw new LaminaError('conflict', { message: 'busy' })
      },
    })
    expect(page.exists('container-remove-force')).toBe(false)
    await page.click('dialog-container-remove-submit')
    expect(page.find('error-notice').dataset.code).toBe('conflict')
    expect(page.wrapper.emitted('removed')).toBeUndefined()
  })
})
