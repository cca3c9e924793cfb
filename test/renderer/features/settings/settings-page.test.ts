import { afterEach, describe, expect, it } from 'vitest'
import SettingsPage from '@/features/settings/SettingsPage.vue'
import { useSettingsStore } from '@/stores/settings'
import type { AppInfo, Settings } from '@shared/models'
import { fakeMain } from '../../support/fake-main'
import { mountPage, settle, type Mounted } from '../../support/mount-page'

const main = fakeMain()
const info: AppInfo = {
  version: '0.1.0',
  mode: 'browser',
  electron: null,
  node: '20.20.0',
  platform: 'linux x64',
  home: '/home/mhk/.lamina',
  locale: 'en-US',
}
let settings: Settings
let page: Mounted
afterEach(async () => {
  await useSettingsStore().change({ language: 'en' })
  page.unmount()
})
const open = async (more: Partial<AppInfo> = {}) => {
  settings = { language: 'system', theme: 'system' }
  main.answer({
    'app.info': () => ({ ...info, ...more }),
    'settings.get': () => settings,
    'settings.set': (part) => (settings = { ...settings, ...part }),
  })
  page = await mountPage(SettingsPage)
  await useSettingsStore().load()
  await settle()
}

describe('the settings page', () => {
  it('switches the language at once and keeps it', async () => {
    await open()
    expect(page.text('page-title')).toBe('Settings')
    await page.click('settings-language-zh-CN')
    expect(page.text('page-title')).toBe('设置')
    expect(document.documentElement.lang).toBe('zh-CN')
    expect(main.inputs('settings.set')).toEqual([{ language: 'zh-CN' }])
  })

  it('switches the theme', async () => {
    await open()
    await page.click('settings-theme-dark')
    expect(document.documentElement.dataset.theme).toBe('dark')
    await page.click('settings-theme-light')
    expect(document.documentElement.dataset.theme).toBe('light')
  })

  it('tells the browser mode from an Electron binary and says which', async () => {
    await open()
    expect(page.text('about-electron')).toContain('browser mode')
    expect(page.text('about-engine')).toContain('Docker 28.2.0')
    page.unmount()
    await open({
      mode: 'electron',
      electron: { version: '25.1.1', chrome: '114.0', source: 'fallback' },
    })
    expect(page.text('about-electron')).toContain('25.1.1')
    expect(page.text('about-electron')).toContain('fallback')
    expect(page.text('about-chrome')).toBe('114.0')
  })
})
