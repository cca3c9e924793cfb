/** Starts the engine as a child process of plain Node. */
import { fork } from 'node:child_process'
import type { LaunchEngine } from '../services/platform'

/** How much of what a failing engine wrote is kept for the details of the error. */
const KEEP_OUTPUT = 4000

export function forkEngine(entry: string): LaunchEngine {
  return (args) => {
    const child = fork(entry, args, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], execArgv: [] })
    let output = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString('utf8')).slice(-KEEP_OUTPUT)
    })
    return {
      onMessage: (listener) => void child.on('message', listener),
      onExit: (listener) => {
        let told = false
        const tell = (code: number | null) => {
          if (told) return
          told = true
          listener(code, output)
        }
        child.on('close', tell)
        child.on('error', (error) => {
          output += error.message
          if (child.pid === undefined) tell(null)
        })
      },
      kill: (hard) => void child.kill(hard ? 'SIGKILL' : 'SIGTERM'),
    }
  }
}
