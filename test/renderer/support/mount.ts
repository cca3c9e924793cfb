import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { createPinia } from 'pinia'
import type { Component } from 'vue'
import { createMemoryHistory, createRouter, type Router } from 'vue-router'
import { i18n } from '@/i18n'

const nothing = { render: () => null }

const PAGES = {
  ...{ images: '/images', image: '/images/:id', push: '/images/:id/push', build: '/build' },
  ...{ containers: '/containers', container: '/containers/:id', volumes: '/volumes' },
  ...{ registries: '/registries', registry: '/registries/:id' },
  ...{ 'remote-image': '/registries/:id/image', doctor: '/doctor' },
  ...{ storage: '/storage', tasks: '/tasks', settings: '/settings' },
}

/** The addresses of the app, with nothing there. */
export function testRouter(): Router {
  const pages = Object.entries(PAGES).map(([name, path]) => ({ name, path, component: nothing }))
  return createRouter({
    history: createMemoryHistory(),
    routes: [{ path: '/', component: nothing }, ...pages],
  })
}

/** Mounts a component as the app would, in the document, and lets its first calls be answered. */
export async function mountInApp(
  component: Component,
  props: Record<string, unknown> = {},
  router = testRouter(),
): Promise<VueWrapper> {
  const wrapper = mount(component, {
    props,
    attachTo: document.body,
    global: { plugins: [createPinia(), i18n, router] },
  })
  await flushPromises()
  return wrapper
}

/** An element anywhere in the document (dialogs are teleported) by its test id. */
export function byId<E extends HTMLElement = HTMLElement>(testid: string): E | null {
  return document.querySelector<E>(`[data-testid="${testid}"]`)
}

export function need<E extends HTMLElement = HTMLElement>(testid: string): E {
  const element = byId<E>(testid)
  if (!element) throw new Error(`no ${testid} in ${document.body.innerHTML.slice(0, 2000)}`)
  return element
}

/** Types into a field as a person does. */
export async function type(testid: string, text: string): Promise<void> {
  const input = need<HTMLInputElement>(testid)
  input.value = text
  input.dispatchEvent(new Event('input', { bubbles: true }))
  await flushPromises()
}

export async function press(target: EventTarget, key: string, init: KeyboardEventInit = {}) {
  target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, ...init }))
  await flushPromises()
}

export async function submit(testid: string): Promise<void> {
  need(testid).dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))
  await flushPromises()
}

/** A property as the component has it now. */
export function propOf(wrapper: VueWrapper, name: string): unknown {
  return (wrapper.props() as Record<string, unknown>)[name]
}
