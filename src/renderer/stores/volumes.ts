import type { Volume } from '@shared/models'
import { defineStore } from 'pinia'
import { call } from '@/api'
import { useResource } from './use-resource'

/** The named and anonymous volumes of the engine in use. */
export const useVolumesStore = defineStore('volumes', () => {
  const { data: items, ...rest } = useResource<Volume[]>({
    fetch: (signal) => call('volumes.list', {}, { signal }),
    initial: [],
    // A container that comes or goes changes "used by".
    kinds: ['volume', 'container'],
  })
  return { items, ...rest }
})
