import { createSharedComposable, useNow } from '@vueuse/core'

/** One clock for all times that are shown, not one for each row. */
export const useClock = createSharedComposable(() => useNow({ interval: 10_000 }))
