import { flushPromises, type VueWrapper } from '@vue/test-utils'
import type { Component } from 'vue'
import type { Router } from 'vue-router'
import { mountInApp, need, testRouter, type } from './mount'

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
  const router = testRouter()
  await router.push(path)
  const wrapper = await mountInApp(component, props, router)
  await settle()
  const all = (testid: string) => [
    ...document.querySelectorAll<HTMLElement>(`[data-testid="${testid}"]`),
  ]
  return {
    router,
    wrapper,
    all,
    find: need,
    exists: (testid) => all(testid).length > 0,
    text: (testid) => need(testid).textContent?.trim() ?? '',
    type: async (testid, text) => {
      await type(testid, text)
      await settle()
    },
    click: async (testid) => {
      need(testid).click()
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
