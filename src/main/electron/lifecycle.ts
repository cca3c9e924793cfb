/** One instance for a home folder, its end, and what follows the settings. */
import { join } from 'node:path'
import { app, BrowserWindow, nativeTheme } from 'electron'
import type { App } from '../app'
import { setMenu, type Language } from './menu'
import { systemLocale } from './platform'

/**
 * Keeps everything of Electron's own in the home folder, too, and makes sure of being the only
 * instance there; false: another one runs, and shows its window now.
 */
export function claimHome(home: string): boolean {
  app.setPath('userData', join(home, 'electron'))
  if (!app.requestSingleInstanceLock()) return false
  app.on('second-instance', () => {
    const window = BrowserWindow.getAllWindows()[0]
    if (window?.isMinimized()) window.restore()
    window?.focus()
  })
  return true
}

/** The language of menus and dialogs. */
export function languageOf(lamina: App | null): Language {
  const wanted = lamina?.settings.get().language ?? 'system'
  return (wanted === 'system' ? systemLocale() : wanted).startsWith('zh') ? 'zh' : 'en'
}

/** Menu and theme follow the settings. */
export function followSettings(lamina: App, language: () => Language): void {
  const apply = () => {
    setMenu(language())
    nativeTheme.themeSource = lamina.settings.get().theme
  }
  apply()
  lamina.events.listen((name) => {
    if (name === 'settings.changed') apply()
  })
}

/** The last window ends the app, which first puts its work in order. */
export function endWith(lamina: App, reopen: () => void): void {
  let closed = false
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit()
  })
  app.on('activate', () => {
    if (BrowserWindow.getAllWindows().length === 0) reopen()
  })
  app.on('will-quit', (event) => {
    if (closed) return
    event.preventDefault()
    void lamina.close().finally(() => {
      closed = true
      app.quit()
    })
  })
}
