/** Watches one engine: is it there, which version, and what changes in it. */
import { toAppError } from '@shared/errors'
import type { Engine, EngineKind, ResourceKind } from '@shared/models'
import type { DockerClient } from '../docker/client'
import { ping, readFacts, watchEvents } from '../docker/system'

const FIRST_DELAY = 500
const LONGEST_DELAY = 5000
/** A daemon that hangs keeps its event stream open: it is asked beside it. */
const PING_INTERVAL = 4000
const EVERYTHING: ResourceKind[] = ['image', 'container', 'volume', 'network']

export interface MonitorOptions {
  id: string
  /** Null: the engine itself says whether it is Docker or Podman. */
  kind: 'bundled' | null
  name: string
  cliArgs: string[]
  client: DockerClient
  /** Waits for the engine's process, where it is ours; throws why it does not run. */
  started?: () => Promise<unknown>
  onState: () => void
  onChange: (kind: ResourceKind) => void
}

export class EngineMonitor {
  engine: Engine
  private watching: AbortController | null = null
  private checking: Promise<boolean> | null = null

  constructor(private readonly options: MonitorOptions) {
    const kind: EngineKind = options.kind ?? 'docker'
    this.engine = {
      id: options.id,
      kind,
      name: options.name,
      address: options.client.address,
      cliArgs: options.cliArgs,
      state: 'connecting',
      version: null,
      apiVersion: null,
      os: null,
      arch: null,
      rootDir: null,
      canRun: kind !== 'bundled',
      error: null,
    }
  }

  get client(): DockerClient {
    return this.options.client
  }

  /** Asks once whether the engine is there; true when it is. Two askers share one question. */
  check(): Promise<boolean> {
    this.checking ??= this.ask().finally(() => {
      this.checking = null
    })
    return this.checking
  }

  /** Asks once more after a question that is on its way, whose answer may be of the past. */
  async checkAgain(): Promise<void> {
    await this.checking
    await this.check()
  }

  /** Stays with the engine: its events, its going and coming back, until `unwatch`. */
  watch(): void {
    if (this.watching) return
    this.watching = new AbortController()
    void this.follow(this.watching.signal)
  }

  unwatch(): void {
    this.watching?.abort()
    this.watching = null
  }

  private async ask(): Promise<boolean> {
    try {
      await this.options.started?.()
      await ping(this.client)
      // What a version says does not change while the engine stays.
      if (this.engine.state === 'ready') return true
      const facts = await readFacts(this.client)
      const kind = this.options.kind ?? facts.kind
      this.update({ ...facts, kind, state: 'ready', error: null })
      return true
    } catch (thrown) {
      this.update({ state: 'unreachable', error: toAppError(thrown) })
      return false
    }
  }

  private async follow(signal: AbortSignal): Promise<void> {
    let delay = FIRST_DELAY
    let wasAway = false
    while (!signal.aborted) {
      const since = Math.floor(Date.now() / 1000)
      if (await this.check()) {
        if (signal.aborted) return
        if (wasAway) for (const kind of EVERYTHING) this.options.onChange(kind)
        delay = FIRST_DELAY
        await this.listen(since, signal)
        if (signal.aborted) return
        wasAway = true
      } else {
        wasAway = true
        await pause(delay, signal)
        delay = Math.min(delay * 2, LONGEST_DELAY)
      }
    }
  }

  /** Reads events until the stream ends, breaks, or a ping beside it fails. */
  private async listen(since: number, signal: AbortSignal): Promise<void> {
    const stop = new AbortController()
    const end = () => stop.abort()
    signal.addEventListener('abort', end, { once: true })
    const timer = setInterval(() => {
      void this.check().then((there) => there || end())
    }, PING_INTERVAL)
    const openedAt = Date.now()
    try {
      await watchEvents(this.client, since, stop.signal, this.options.onChange)
    } catch {
      // The next check finds out what is wrong, and shows it.
    } finally {
      clearInterval(timer)
      signal.removeEventListener('abort', end)
    }
    // An engine whose event stream ends at once is not asked in a tight loop.
    if (Date.now() - openedAt < FIRST_DELAY) await pause(FIRST_DELAY, signal)
  }

  private update(change: Partial<Engine>): void {
    const before = JSON.stringify(this.engine)
    this.engine = { ...this.engine, ...change }
    if (JSON.stringify(this.engine) !== before) this.options.onState()
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, milliseconds)
    signal.addEventListener('abort', end, { once: true })
    if (signal.aborted) end()
  })
}
