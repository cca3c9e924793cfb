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

/** A service that can be killed, and started again as it was. */
export interface KeptService {
  readonly pid: number
  log(): string
  /** kill -9 */
  kill(): Promise<void>
  /** Ends it when it runs, and starts it again. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** @param cleanUp once it has been stopped, or did not come up; `killed` after each kill */
export async function keepService(
  launch: () => Promise<Service>,
  { cleanUp, killed }: { cleanUp: () => Promise<void>; killed?: () => Promise<void> },
): Promise<KeptService> {
  let service: Service
  try {
    service = await launch()
  } catch (cause) {
    await cleanUp()
    throw cause
  }
  return {
    get pid() {
      return service.pid
    },
    log: () => service.log(),
    async kill() {
      service.kill('SIGKILL')
      await service.ended
      await killed?.()
    },
    async restart() {
      await service.stop()
      service = await launch()
    },
    async stop() {
      await service.stop()
      await cleanUp()
    },
  }
}
