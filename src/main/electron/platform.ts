/** What Electron gives to the services. */
import { app, shell } from 'electron'
import { z } from 'zod'
import type { Platform } from '../services/platform'
import { nativeDialogs } from './dialogs'
import { utilityEngine } from './engine-launcher'
import type { Language } from './menu'
import { keychain } from './secrets'

/** Which binary runs; the script that started it says so. */
const source = z.enum(['official', 'fallback', 'custom']).catch('official')

/** The system's first language; LANG=C comes through as "c", which is none. */
export function systemLocale(): string {
  return app.getPreferredSystemLanguages().find((tag) => tag.length > 1) ?? app.getLocale()
}

/** Once the app is ready; before, neither locale nor keychain are known. */
export function electronPlatform(engineEntry: string, language: () => Language): Platform {
  return {
    version: app.getVersion(),
    mode: 'electron',
    electron: {
      version: process.versions.electron,
      chrome: process.versions.chrome,
      source: source.parse(process.env.LAMINA_ELECTRON_SOURCE),
    },
    locale: systemLocale(),
    launchEngine: utilityEngine(engineEntry),
    secrets: keychain(),
    dialogs: nativeDialogs(language),
    openExternal: (url) => shell.openExternal(url),
  }
}
