/** Starts the engine in Electron's utility process. */
import { utilityProcess } from 'electron'
import type { LaunchEngine } from '../services/platform'

/** How much of what a failing engine wrote is kept for the details of the error. */
const KEEP_OUTPUT = 4000

export function utilityEngine(entry: string): LaunchEngine {
  return (args) => {
    const child = utilityProcess.fork(entry, args, {
      serviceName: 'Lamina engine',
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let output = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString('utf8')).slice(-KEEP_OUTPUT)
    })
    return {
      onMessage: (listener) => void child.on('message', listener),
      onExit: (listener) => void child.once('exit', (code) => listener(code, output)),
      kill: (hard) => {
        if (!hard) child.kill()
        else if (child.pid !== undefined) process.kill(child.pid, 'SIGKILL')
      },
    }
  }
}
