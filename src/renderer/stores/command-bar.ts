import { defineStore } from 'pinia'
import { computed, onScopeDispose, shallowReactive } from 'vue'
import type { DockerCommand } from '@/lib/docker-command'

/** The stack of commands that pages and dialogs offer; the last one that has any is shown. */
export const useCommandBarStore = defineStore('command-bar', () => {
  const offers = shallowReactive<(() => DockerCommand | null)[]>([])
  const command = computed<DockerCommand | null>(() => {
    for (let i = offers.length - 1; i >= 0; i--) {
      const offered = offers[i]?.()
      if (offered) return offered
    }
    return null
  })

  /** Offers a command until the returned function is called. */
  function offer(getter: () => DockerCommand | null): () => void {
    offers.push(getter)
    return () => {
      const at = offers.indexOf(getter)
      if (at >= 0) offers.splice(at, 1)
    }
  }

  return { command, offer }
})

/**
 * Shows the docker command of the page or dialog that calls it, as long as it lives; a dialog covers
 * its page. Null leaves the bar to what lies below.
 *
 *   useCommand(() => engines.docker.pull(reference.value))
 */
export function useCommand(getter: () => DockerCommand | null): void {
  onScopeDispose(useCommandBarStore().offer(getter))
}
