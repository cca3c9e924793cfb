import { watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'

/** `?dialog=pull` opens a dialog of the page (the palette asks for it so) and is taken out of the address. */
export function useDialogQuery<Name extends string>(
  names: readonly Name[],
  open: (name: Name) => void,
): void {
  const route = useRoute()
  const router = useRouter()
  watch(
    () => route.query.dialog,
    (asked) => {
      const name = names.find((each) => each === asked)
      if (!name) return
      open(name)
      void router.replace({ query: { ...route.query, dialog: undefined } })
    },
    { immediate: true },
  )
}
