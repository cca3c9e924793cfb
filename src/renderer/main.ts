import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './App.vue'
import { i18n } from './i18n'
import { loadAllPages, reloadOnLostPage, router } from './router'
import { useSettingsStore } from './stores/settings'
import './theme/base.css'

const app = createApp(App).use(createPinia()).use(i18n).use(router)
const settings = useSettingsStore()
// Language and theme first, so that nothing is drawn twice; without main the system's are used.
await settings.load().catch(() => undefined)
app.mount('#app')
reloadOnLostPage()
void router.isReady().then(() => requestIdleCallback(loadAllPages))
