import type { IconName } from '@/components/icons'
import type { MessageKey } from '@/i18n'

export interface Page {
  name: 'images' | 'containers' | 'volumes' | 'registries' | 'tasks' | 'settings'
  title: MessageKey
  icon: IconName
}

/** The six nouns, in the order of the number keys. */
export const PAGES: readonly Page[] = [
  { name: 'images', title: 'shell.nav.images', icon: 'image' },
  { name: 'containers', title: 'shell.nav.containers', icon: 'container' },
  { name: 'volumes', title: 'shell.nav.volumes', icon: 'volume' },
  { name: 'registries', title: 'shell.nav.registries', icon: 'registry' },
  { name: 'tasks', title: 'shell.nav.tasks', icon: 'task' },
  { name: 'settings', title: 'shell.nav.settings', icon: 'settings' },
]
