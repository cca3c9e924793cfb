/** All that a page can reach of main: messages of the contract, out and in. */
import { contextBridge, ipcRenderer } from 'electron'
import type { ServerMessage } from '@shared/contract'
import { IPC_CHANNEL, type LaminaBridge } from '@shared/preload-api'

const bridge: LaminaBridge = {
  send: (message) => ipcRenderer.send(IPC_CHANNEL, message),
  onMessage: (listener) => {
    const hear = (_event: unknown, message: ServerMessage) => listener(message)
    ipcRenderer.on(IPC_CHANNEL, hear)
    return () => void ipcRenderer.off(IPC_CHANNEL, hear)
  },
}

contextBridge.exposeInMainWorld('lamina', bridge)
