/** The process that started us, where there is one: by IPC (child process) or Electron's port. */
import type { AppError } from '@shared/errors'

export type Message = { type: 'ready'; host: string } | { type: 'error'; error: AppError }

/** What Electron gives to a utility process; plain Node has no such property. */
interface ParentPort {
  postMessage(message: Message): void
}

const port = (process as NodeJS.Process & { parentPort?: ParentPort }).parentPort

export const parent = {
  tell(message: Message): void {
    if (port) port.postMessage(message)
    else if (process.connected) process.send?.(message)
  },
  /** Electron ends its utility processes by itself; a child process sees its channel close. */
  onGone(listener: () => void): void {
    process.on('disconnect', listener)
  },
}
