import { defineStore } from 'pinia'
import { shallowReactive } from 'vue'
import type { PushForm } from './push-target'

/** What was begun on the push page of each image, so that coming back finds it as it was left. */
export const usePushesStore = defineStore('pushes', () => {
  /** Task ids by image. */
  const begun = shallowReactive(new Map<string, string>())
  const forms = shallowReactive(new Map<string, PushForm>())
  /** What registries name as their service, by address: it tells whose they are. */
  const services = shallowReactive(new Map<string, string | null>())
  return { begun, forms, services }
})
