import type { ImageSummary } from '@shared/models'
import { defineStore } from 'pinia'
import { computed } from 'vue'
import { call } from '@/api'
import { useResource } from './use-resource'

/** The images of the engine in use. */
export const useImagesStore = defineStore('images', () => {
  const { data: items, ...rest } = useResource<ImageSummary[]>({
    fetch: (signal) => call('images.list', {}, { signal }),
    initial: [],
    // A container that comes or goes changes "used by".
    kinds: ['image', 'container'],
  })
  const byId = computed(() => new Map(items.value.map((image) => [image.id, image])))
  const byTag = computed(
    () => new Map(items.value.flatMap((image) => image.repoTags.map((tag) => [tag, image]))),
  )

  return { items, byId, byTag, ...rest }
})
