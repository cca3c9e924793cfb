import type { AppInfo, Settings } from '@shared/models'
import { usePreferredDark } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { call, onConnected, subscribe } from '@/api'
import { languageOf, setLanguage, type Language } from '@/i18n'
import { applyTheme } from '@/theme/apply'
import type { ThemeName } from '@/theme/tokens'

/** Language and theme, kept by main; the system's until the user chooses. */
export const useSettingsStore = defineStore('settings', () => {
  const settings = shallowRef<Settings>({ language: 'system', theme: 'system' })
  const info = shallowRef<AppInfo | null>(null)
  const loaded = ref(false)
  const prefersDark = usePreferredDark()

  /** In a browser it is the reader's own, wherever the server runs. */
  const systemLanguage = computed(() =>
    languageOf(info.value?.mode === 'electron' ? info.value.locale : navigator.language),
  )
  const language = computed<Language>(() =>
    settings.value.language === 'system' ? systemLanguage.value : settings.value.language,
  )
  const theme = computed<ThemeName>(() =>
    settings.value.theme === 'system'
      ? prefersDark.value
        ? 'dark'
        : 'light'
      : settings.value.theme,
  )

  watch(language, setLanguage, { immediate: true })
  watch(theme, (name) => applyTheme(name), { immediate: true })
  subscribe('settings.changed', (changed) => (settings.value = changed))
  onConnected((connected) => {
    if (connected) void load().catch(() => undefined)
  })

  async function load(): Promise<void> {
    const [kept, about] = await Promise.all([call('settings.get', {}), call('app.info', {})])
    settings.value = kept
    info.value = about
    loaded.value = true
  }

  /** Shows the change at once and lets main keep it. */
  async function change(part: Partial<Settings>): Promise<void> {
    settings.value = { ...settings.value, ...part }
    settings.value = await call('settings.set', part)
  }

  const toggleLanguage = () => change({ language: language.value === 'en' ? 'zh-CN' : 'en' })
  const toggleTheme = () => change({ theme: theme.value === 'dark' ? 'light' : 'dark' })

  return {
    settings,
    info,
    systemLanguage,
    loaded,
    language,
    theme,
    load,
    change,
    toggleLanguage,
    toggleTheme,
  }
})
