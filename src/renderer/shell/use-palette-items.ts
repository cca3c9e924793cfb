import { computed, type ComputedRef } from 'vue'
import { useRouter } from 'vue-router'
import { useText } from '@/i18n'
import { shortId } from '@/lib/format'
import type { PaletteItem } from '@/lib/palette'
import { useContainersStore } from '@/stores/containers'
import { useEnginesStore } from '@/stores/engines'
import { useImagesStore } from '@/stores/images'
import { useSettingsStore } from '@/stores/settings'
import { useTasksStore } from '@/stores/tasks'
import { PAGES } from './pages'

/** All that can be found or done from the palette. `help` shows the keyboard shortcuts. */
export function usePaletteItems(help: () => void): ComputedRef<PaletteItem[]> {
  const t = useText()
  const router = useRouter()
  const images = useImagesStore()
  const containers = useContainersStore()
  const engines = useEnginesStore()
  const settings = useSettingsStore()
  const tasks = useTasksStore()

  const pages = computed(() =>
    PAGES.map(({ name, title }, index) =>
      item('pages', name, t(title), String(index + 1), () => router.push({ name })),
    ),
  )
  const imageItems = computed(() =>
    images.items.flatMap(({ id, repoTags }) =>
      (repoTags.length ? repoTags : ['<none>']).map((tag) =>
        item('images', `${id} ${tag}`, tag, shortId(id), () =>
          router.push({
            name: 'image',
            params: { id },
            query: repoTags.length ? { reference: tag } : {},
          }),
        ),
      ),
    ),
  )
  const containerItems = computed(() =>
    containers.items.map(({ id, name, image, state }) =>
      item('containers', id, name, `${image} · ${t(`common.containerState.${state}`)}`, () =>
        router.push({ name: 'container', params: { id } }),
      ),
    ),
  )
  const dialog = (name: string) => () => router.push({ name: 'images', query: { dialog: name } })
  const actions = computed(() => [
    item('actions', 'pull', t('shell.search.actionPull'), 'docker pull', dialog('pull')),
    item('actions', 'load', t('shell.search.actionLoad'), 'docker load', dialog('load')),
    item('actions', 'import', t('shell.search.actionImport'), 'docker import', dialog('import')),
    item('actions', 'build', t('build.title'), 'docker build', () =>
      router.push({ name: 'build' }),
    ),
    item('actions', 'clean-up', t('storage.cleanUp.title'), 'docker system prune', () =>
      router.push({ name: 'storage', query: { dialog: 'clean-up' } }),
    ),
    item('actions', 'storage', t('storage.title'), 'docker system df', () =>
      router.push({ name: 'storage' }),
    ),
    item('actions', 'doctor', t('doctor.tab.registry'), 'insecure-registries', () =>
      router.push({ name: 'doctor' }),
    ),
    item('actions', 'mirrors', t('doctor.tab.mirrors'), 'registry-mirrors', () =>
      router.push({ name: 'doctor', query: { tab: 'mirrors' } }),
    ),
    item('actions', 'tasks', t('shell.search.actionTasks'), '', () => (tasks.drawerOpen = true)),
    item('actions', 'engines', t('shell.search.actionRefreshEngines'), '', engines.refresh),
    item(
      'actions',
      'language',
      t('shell.search.actionLanguage'),
      '中 / EN',
      settings.toggleLanguage,
    ),
    item('actions', 'theme', t('shell.search.actionTheme'), '', settings.toggleTheme),
    item('actions', 'shortcuts', t('shell.search.actionShortcuts'), '?', help),
  ])
  return computed(() => [
    ...pages.value,
    ...imageItems.value,
    ...containerItems.value,
    ...actions.value,
  ])
}

function item(
  group: PaletteItem['group'],
  id: string,
  title: string,
  hint: string,
  run: () => unknown,
): PaletteItem {
  return { id: `${group}:${id}`, group, title, hint, run: () => void run() }
}
