import { defineStore } from 'pinia'
import { shallowReactive } from 'vue'
import type { PushForm } from './push-target'

/** What was begun on the push page of each image, so that coming back finds it as it was left. */
export const usePushesStore = defineStore('pushes', () => {
  /** Task ids by image. */
  const begun = shallowReactive(new Map<string, string>())
  const forms = shallowReactive(new Map<string, PushForm>())
  return { begun, forms }
})
