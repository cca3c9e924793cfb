/// <reference types="vite/client" />
import type { LaminaBridge } from '@shared/preload-api'

declare global {
  interface Window {
    /** Set by the preload in Electron; absent in a browser. */
    lamina?: LaminaBridge
  }
}
