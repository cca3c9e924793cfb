import { computed, ref, type ComputedRef, type Ref } from 'vue'
import { useRouter } from 'vue-router'
import type { IconName } from '@/components/icons'
import { useText } from '@/i18n'

/** The dialog that is open on a page of images, and what it is about. */
export type ImageDialog =
  | { kind: 'pull' | 'load' | 'import' }
  | { kind: 'tag' | 'create'; id: string; reference: string }
  | { kind: 'save' | 'remove'; references: string[] }

export type ImageAction = 'open' | 'create' | 'tag' | 'save' | 'push' | 'remove'

interface MenuOption {
  key: ImageAction
  label: string
  icon: IconName
  danger?: boolean
}

/** The actions of one image: a menu for its row, and what each opens. */
export function useImageActions(): {
  dialog: Ref<ImageDialog | null>
  menu: ComputedRef<MenuOption[]>
  act(action: ImageAction, id: string, reference: string): void
} {
  const t = useText()
  const router = useRouter()
  const dialog = ref<ImageDialog | null>(null)

  const menu = computed<MenuOption[]>(() => [
    { key: 'open', label: t('images.actions.open'), icon: 'image' },
    { key: 'create', label: t('images.actions.create'), icon: 'container' },
    { key: 'tag', label: t('images.actions.tag'), icon: 'tag' },
    { key: 'save', label: t('images.actions.save'), icon: 'download' },
    { key: 'push', label: t('images.actions.push'), icon: 'upload' },
    { key: 'remove', label: t('images.actions.remove'), icon: 'trash', danger: true },
  ])

  /** `reference` is the name by which the image was met, or its id. */
  function act(action: ImageAction, id: string, reference: string): void {
    const query = reference === id ? {} : { reference }
    if (action === 'open') void router.push({ name: 'image', params: { id }, query })
    else if (action === 'push') void router.push({ name: 'push', params: { id }, query })
    else if (action === 'save' || action === 'remove') {
      dialog.value = { kind: action, references: [reference] }
    } else dialog.value = { kind: action, id, reference }
  }

  return { dialog, menu, act }
}
