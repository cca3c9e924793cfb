import { LaminaError } from '@shared/errors'
import type { EnginesState } from '@shared/models'
import { flushPromises } from '@vue/test-utils'
import { beforeEach, describe, expect, it } from 'vitest'
import TasksDrawer from '@/features/tasks/TasksDrawer.vue'
import CommandPalette from '@/shell/CommandPalette.vue'
import EngineBanner from '@/shell/EngineBanner.vue'
import EngineSwitcher from '@/shell/EngineSwitcher.vue'
import SideNav from '@/shell/SideNav.vue'
import { useTasksStore } from '@/stores/tasks'
import { ENGINE, fakeMain, image } from '../support/fake-main'
import { byId, mountInApp, need, press, testRouter, type } from '../support/mount'

const address = 'unix:///run/podman.sock'
const away = {
  ...ENGINE,
  id: 'podman',
  kind: 'podman' as const,
  name: 'Podman',
  address,
  state: 'unreachable' as const,
  version: null,
  error: new LaminaError('engine_permission', { address }).toJSON(),
}
let state: EnginesState = { engines: [ENGINE, away], current: 'docker' }
const main = fakeMain({
  'engines.state': () => state,
  'engines.use': ({ id }) => (state = { ...state, current: id }),
  'engines.refresh': () => state,
  'images.list': () => [image(), image({ id: 'sha256:b', repoTags: ['team/app:2'] })],
  'containers.list': () => [],
  'volumes.list': () => [],
  'registries.list': () => [],
  'registries.secretStore': () => ({ kind: 'memory' }),
  'tasks.list': () => [
    {
      id: 't1',
      kind: 'pull',
      subject: 'busybox',
      engine: 'Docker',
      state: 'failed',
      pausable: false,
      items: [],
      startedAt: 1,
      endedAt: 2,
      error: new LaminaError('registry_unreachable', { address: 'r:5000' }).toJSON(),
      result: null,
    },
  ],
  'tasks.clear': () => undefined,
})

beforeEach(() => {
  document.body.innerHTML = ''
  state = { engines: [ENGINE, away], current: 'docker' }
})

describe('the engine switcher', () => {
  it('names the engine in use, lists all with the reason why one does not answer', async () => {
    await mountInApp(EngineSwitcher)
    const button = need('engine-switcher')
    expect(button.textContent).toContain('Docker 28.2.0')
    expect(button.dataset.state).toBe('ready')
    button.click()
    await flushPromises()
    const items = [...document.querySelectorAll<HTMLElement>('[data-testid="engine-item"]')]
    expect(items.map(({ dataset }) => dataset.state)).toEqual(['ready', 'unreachable'])
    expect(items[1]?.textContent).toContain('You may not use the engine at')
    items[1]?.click()
    await flushPromises()
    expect(need('engine-switcher').dataset.state).toBe('unreachable')
    expect(byId('engine-list')).toBeNull()
  })
})

it('says above every page that the engine is away, and goes when it is back', async () => {
  state = { ...state, current: 'podman' }
  await mountInApp(EngineBanner)
  expect(need('banner-engine').textContent).toContain('docker” group')
  main.emit('engines.changed', { engines: [ENGINE], current: 'docker' })
  await flushPromises()
  expect(byId('banner-engine')).toBeNull()
})

it('counts the nouns', async () => {
  await mountInApp(SideNav, {}, routerOfShell())
  expect(need('nav-count-images').textContent).toBe('2')
  expect(need('nav-count-containers').textContent).toBe('0')
  expect(byId('nav-count-tasks')).toBeNull()
})

describe('the palette', () => {
  it('finds by name and opens with Enter', async () => {
    const router = routerOfShell()
    const wrapper = await mountInApp(CommandPalette, { show: false }, router)
    await wrapper.setProps({ show: true })
    await flushPromises()
    expect(document.activeElement).toBe(need('palette-input'))
    await type('palette-input', 'team')
    const items = [...document.querySelectorAll<HTMLElement>('[data-testid="palette-item"]')]
    expect(items.map(({ dataset }) => dataset.item)).toEqual(['images:sha256:b team/app:2'])
    await press(need('palette-input'), 'Enter')
    await new Promise((resolve) => setTimeout(resolve, 20))
    await flushPromises()
    expect(router.currentRoute.value.fullPath).toBe('/images/sha256:b?reference=team/app:2')
    expect(wrapper.emitted('update:show')).toEqual([[false]])
  })
})

it('shows in the drawer what ended, with the next step, and clears it', async () => {
  await mountInApp(TasksDrawer)
  useTasksStore().drawerOpen = true
  await flushPromises()
  expect(need('task').dataset.state).toBe('failed')
  expect(need('error-next').textContent).toContain('Check the address')
  need('tasks-clear').click()
  await flushPromises()
  expect(main.inputs('tasks.clear')).toHaveLength(1)
  main.emit('tasks.cleared', { ids: ['t1'] })
  await flushPromises()
  expect(byId('task')).toBeNull()
})

function routerOfShell() {
  const router = testRouter()
  for (const name of ['volumes', 'registries', 'settings']) {
    router.addRoute({ name, path: `/${name}`, component: { render: () => null } })
  }
  return router
}
