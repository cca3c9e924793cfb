import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { createPinia } from 'pinia'
import type { Component } from 'vue'
import { createMemoryHistory, createRouter, type Router } from 'vue-router'
import { i18n } from '@/i18n'

const NAMES = [
  'images',
  'containers',
  'volumes',
  'registries',
  'settings',
  'storage',
  'build',
] as const
const nothing = { template: '<div />' }

export interface Mounted {
  router: Router
  wrapper: VueWrapper
  /** The element with this test id anywhere in the document (dialogs stand outside of the page). */
  find(testid: string): HTMLElement
  exists(testid: string): boolean
  all(testid: string): HTMLElement[]
  text(testid: string): string
  type(testid: string, text: string): Promise<void>
  click(testid: string): Promise<void>
  unmount(): void
}

/** Mounts a page or dialog with the stores, languages and addresses of the app. */
export async function mountPage(
  component: Component,
  props: Record<string, unknown> = {},
  path = '/',
): Promise<Mounted> {
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [
      { path: '/', component: nothing },
      ...NAMES.map((name) => ({ path: `/${name}`, name, component: nothing })),
      { path: '/images/:id', name: 'image', component: nothing },
      { path: '/images/:id/push', name: 'push', component: nothing },
      { path: '/containers/:id', name: 'container', component: nothing },
      { path: '/registries/:id', name: 'registry', component: nothing },
      { path: '/registries/:id/image', name: 'remote-image', component: nothing },
      { path: '/doctor', name: 'doctor', component: nothing },
    ],
  })
  await router.push(path)
  const wrapper = mount(component, {
    props,
    attachTo: document.body,
    global: { plugins: [createPinia(), i18n, router] },
  })
  await settle()

  const all = (testid: string) => [
    ...document.querySelectorAll<HTMLElement>(`[data-testid="${testid}"]`),
  ]
  const find = (testid: string): HTMLElement => {
    const found = all(testid)[0]
    if (!found) throw new Error(`nothing has the test id ${testid}`)
    return found
  }
  return {
    router,
    wrapper,
    all,
    find,
    exists: (testid) => all(testid).length > 0,
    text: (testid) => find(testid).textContent?.trim() ?? '',
    type: async (testid, text) => {
      const input = find(testid) as HTMLInputElement
      input.value = text
      input.dispatchEvent(new Event('input', { bubbles: true }))
      await settle()
    },
    click: async (testid) => {
      find(testid).click()
      await settle()
    },
    unmount: () => {
      wrapper.unmount()
      document.body.innerHTML = ''
    },
  }
}

/** Waits until calls, watchers and renders that follow from one another are over. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 4; i++) await flushPromises()
}
