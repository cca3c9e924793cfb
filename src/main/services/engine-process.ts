/**
 * The bundled engine's process: started with the app, restarted when it dies, reached through
 * dockerode on a socket in a folder of its own that only this user may enter.
 */
import { createHash } from 'node:crypto'
import { lstat, mkdir, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { appErrorSchema } from '@shared/app-error-schema'
import { LaminaError, type AppError } from '@shared/errors'
import { parseAddress } from '../docker/address'
import { DockerClient } from '../docker/client'
import type { EngineChild, LaunchEngine } from './platform'

const messageSchema = z.union([
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('error'), error: appErrorSchema }),
])

const FIRST_DELAY = 250
const LONGEST_DELAY = 10_000
/** A process that ran this long had no trouble to start: the next delay is the first again. */
const STEADY = 30_000
/** Milliseconds to wait for a process that was asked to end. */
const PATIENCE = 5000
/** The kernel's limit is 108 on Linux and 104 on macOS; beyond it Node cuts the path silently. */
const LONGEST_SOCKET = 100

export interface EngineListener {
  /** It answers. */
  onReady(): void
  /** It ended; `error` says why. */
  onExit(): void
}

export class EngineProcess {
  readonly client: DockerClient
  /** Why it does not run; null while it does, or before the first try has ended. */
  private error: AppError | null = null
  private child: EngineChild | null = null
  private exited: Promise<void> = Promise.resolve()
  private closed = false
  private delay = FIRST_DELAY
  private timer: NodeJS.Timeout | null = null
  private waiting: ((result: AppError | null) => void)[] = []
  private running = false

  private told: EngineListener = { onReady: () => undefined, onExit: () => undefined }

  private constructor(
    private readonly launch: LaunchEngine,
    readonly root: string,
    readonly host: string,
  ) {
    const parsed = parseAddress(host)
    if (parsed === null) throw new LaminaError('internal', {}, { cause: host })
    this.client = new DockerClient(parsed.address, parsed.daemon)
  }

  /** Prepares the socket's folder; nothing runs yet. */
  static async prepare(launch: LaunchEngine, home: string): Promise<EngineProcess> {
    return new EngineProcess(launch, join(home, 'engine'), await prepareHost(home))
  }

  /** Starts the process; `listener` is told of every start and every end. */
  start(listener: EngineListener): void {
    this.told = listener
    this.spawn()
  }

  /** Its connection, once it runs; throws why it does not. */
  async ready(): Promise<DockerClient> {
    if (!this.running) {
      const error =
        this.error ?? (await new Promise<AppError | null>((resolve) => this.waiting.push(resolve)))
      if (error) throw new LaminaError(error.code, error.params, { cause: error.cause })
    }
    return this.client
  }

  async close(): Promise<void> {
    this.closed = true
    if (this.timer) clearTimeout(this.timer)
    this.answer({ code: 'cancelled', params: {}, cause: null })
    const { child } = this
    if (child !== null) {
      child.kill(false)
      const hard = setTimeout(() => child.kill(true), PATIENCE)
      await this.exited
      clearTimeout(hard)
    }
    const { socketPath } = this.client.daemon
    // With the socket of another process in it, which uses the same home, the folder stays.
    if (this.host.startsWith('unix:') && socketPath) {
      await rmdir(dirname(socketPath)).catch(() => undefined)
    }
  }

  private spawn(): void {
    const startedAt = Date.now()
    let reason: AppError | null = null
    const child = this.launch(['--root', this.root, '--host', this.host])
    this.child = child
    child.onMessage((message) => {
      const parsed = messageSchema.safeParse(message)
      if (!parsed.success) return
      if (parsed.data.type === 'error') {
        reason = parsed.data.error
        return
      }
      this.running = true
      this.error = null
      this.answer(null)
      this.told.onReady()
    })
    this.exited = new Promise((resolve) => {
      child.onExit((code, output) => {
        this.child = null
        this.running = false
        const cause = `the engine process ended with ${code}\n${output}`.trim()
        this.error = reason ?? { code: 'engine_unreachable', params: { address: this.host }, cause }
        this.answer(this.error)
        this.told.onExit()
        if (Date.now() - startedAt > STEADY) this.delay = FIRST_DELAY
        if (!this.closed) this.timer = setTimeout(() => this.spawn(), this.delay)
        this.delay = Math.min(this.delay * 2, LONGEST_DELAY)
        resolve()
      })
    })
  }

  private answer(result: AppError | null): void {
    for (const resolve of this.waiting.splice(0)) resolve(result)
  }
}

/** The engine's address for a home folder: a short path in a 0700 folder, or a named pipe. */
export async function prepareHost(
  home: string,
  platform: NodeJS.Platform = process.platform,
): Promise<string> {
  const hash = createHash('sha256').update(home).digest('hex').slice(0, 12)
  if (platform === 'win32') return `npipe:////./pipe/lamina-${hash}`
  const uid = process.getuid?.() ?? 0
  const name = `lamina-${uid}-${hash}`
  const wanted = join(tmpdir(), name)
  const folder = join(wanted, 'e.sock').length < LONGEST_SOCKET ? wanted : join('/tmp', name)
  await mkdir(folder, { mode: 0o700 }).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code !== 'EEXIST') {
      throw new LaminaError('permission_denied', { path: folder }, { cause: thrown })
    }
  })
  // The folder for everyone's temporary files: what stands there may be somebody else's trap.
  const found = await lstat(folder)
  if (!found.isDirectory() || found.uid !== uid || (found.mode & 0o077) !== 0) {
    throw new LaminaError('permission_denied', { path: folder })
  }
  return `unix://${join(folder, 'e.sock')}`
}
