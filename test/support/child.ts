import { spawn, type ChildProcess } from 'node:child_process'

export interface Service {
  pid: number
  /** All that it wrote so far to standard output and standard error (the last 1 MiB). */
  log(): string
  /** Resolves with the exit code (null when ended by a signal) once it has ended. */
  ended: Promise<number | null>
  isRunning(): boolean
  kill(signal?: NodeJS.Signals): void
  /** Asks this one process to end (SIGTERM, after `patience` ms SIGKILL) and waits for it. */
  stop(patience?: number): Promise<void>
}

const LOG_LIMIT = 1024 * 1024

/**
 * Starts a long-running program that dies with this process: `setpriv --pdeathsig` has the kernel
 * end it even when the test runner is killed. Rejects when it cannot be started.
 */
export async function startService(
  command: string,
  args: readonly string[],
  options: { env?: Record<string, string | undefined>; cwd?: string } = {},
): Promise<Service> {
  const child: ChildProcess = spawn('setpriv', ['--pdeathsig', 'TERM', '--', command, ...args], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let log = ''
  const keep = (chunk: Buffer): void => {
    log = (log + chunk.toString('utf8')).slice(-LOG_LIMIT)
  }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', (cause) =>
      reject(new Error(`cannot start ${command}: ${cause.message}`, { cause })),
    )
  })
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null
  return {
    pid: child.pid ?? -1,
    log: () => log,
    ended,
    isRunning,
    kill: (signal) => void child.kill(signal),
    async stop(patience = 20_000) {
      if (!isRunning()) return
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), patience)
      await ended
      clearTimeout(timer)
    },
  }
}
