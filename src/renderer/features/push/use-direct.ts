import type { LiveSettings } from '@shared/doctor'
import type { Registry } from '@shared/models'
import { computed, onMounted, ref, shallowRef, type Ref } from 'vue'
import { call } from '@/api'
import { useEnginesStore } from '@/stores/engines'
import { daemonRefuses } from './daemon-refuses'

/**
 * Who pushes: the daemon, or Lamina itself. Until a person chooses, Lamina does where the daemon would
 * refuse. The bundled engine has no choice: its pushes are direct.
 */
export function useDirect(registry: Ref<Registry | null>) {
  const engines = useEnginesStore()
  const live = shallowRef<LiveSettings | null>(null)
  const chosen = ref<boolean | null>(null)
  const offered = computed(() => engines.current !== null && engines.current.kind !== 'bundled')
  const refused = computed(
    () => offered.value && registry.value !== null && daemonRefuses(registry.value, live.value),
  )
  const direct = computed({
    get: () => offered.value && (chosen.value ?? refused.value),
    set: (value) => (chosen.value = value),
  })

  onMounted(async () => {
    // Without an answer the daemon is let try: it says itself what it minds.
    live.value = await call('daemon.settings', {}).then(
      (settings) => settings.live,
      () => null,
    )
  })
  return { offered, refused, direct }
}
