/** What differs between Electron and the browser mode; each gives its own to `createApp`. */
import type { AppInfo } from '@shared/models'

export interface Platform {
  /** Of Lamina itself. */
  version: string
  mode: AppInfo['mode']
  electron: AppInfo['electron']
  /** The system's language: 'zh-CN', 'en-US'. */
  locale: string
  launchEngine: LaunchEngine
  /** The system's keychain; null where there is none. */
  secrets: SecretBox | null
  /** Native file dialogs; null in the browser, which uploads and downloads instead. */
  dialogs: Dialogs | null
  /** Opens a page in the system's browser; null where the person's browser is the interface. */
  openExternal: ((url: string) => Promise<void>) | null
}

/** Starts the engine's process with these arguments. */
export type LaunchEngine = (args: string[]) => EngineChild

export interface EngineChild {
  /** Messages of the process: `{type: 'ready'}`. */
  onMessage(listener: (message: unknown) => void): void
  /** Its end, told once; `output` is the last of what it wrote to stderr. */
  onExit(listener: (code: number | null, output: string) => void): void
  /** Asks it to end; `hard` does not ask. */
  kill(hard: boolean): void
}

export interface SecretBox {
  /** Base64 of the encrypted text. */
  encrypt(text: string): string
  decrypt(base64: string): string
}

export type OpenPurpose = 'archive' | 'rootfs' | 'any' | 'folder'

export interface Dialogs {
  /** Paths of the chosen files; none when dismissed. */
  open(purpose: OpenPurpose, multiple: boolean): Promise<string[]>
  /** Path to save at; null when dismissed. */
  save(name: string): Promise<string | null>
}
