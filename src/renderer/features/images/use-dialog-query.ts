import { watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'

const NAMES = ['pull', 'load', 'import'] as const
type Name = (typeof NAMES)[number]

/** `?dialog=pull` opens a dialog (the palette asks for it so) and is taken out of the address. */
export function useDialogQuery(open: (name: Name) => void): void {
  const route = useRoute()
  const router = useRouter()
  watch(
    () => route.query.dialog,
    (asked) => {
      const name = NAMES.find((each) => each === asked)
      if (!name) return
      open(name)
      void router.replace({ query: { ...route.query, dialog: undefined } })
    },
    { immediate: true },
  )
}
