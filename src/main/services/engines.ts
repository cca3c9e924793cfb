/** The engines of this machine, which of them is in use, and the way to it for every other service. */
import type { Handlers } from '@shared/contract'
import { LaminaError } from '@shared/errors'
import type { DaemonAddress } from '@shared/lamina-api'
import type { Engine, EnginesState, ResourceKind } from '@shared/models'
import { DockerClient } from '../docker/client'
import { discover, type Candidate, type Surroundings } from '../docker/discover'
import { EngineMonitor } from './engine-monitor'
import type { EngineProcess } from './engine-process'
import type { EventHub } from './event-hub'
import type { SettingsService } from './settings'

export const BUNDLED = 'bundled'

/** The engine in use, for one piece of work. */
export interface EngineConnection {
  engine: Engine
  client: DockerClient
  /** For the engine process; null where it is that itself. */
  daemon: DaemonAddress | null
}

interface Dependencies {
  events: EventHub
  settings: SettingsService
  engine: EngineProcess
  where: Surroundings
  /** What the command line asks for. */
  wish: 'bundled' | 'docker' | null
}

/** How often new sockets are looked for, and local engines that are not in use are asked. */
const LOOK_INTERVAL = 5000
/** Changes of one kind within this time are told once. */
const CHANGE_INTERVAL = 150

export class EnginesService {
  private readonly monitors = new Map<string, EngineMonitor>()
  private current: string | null = null
  private timer: NodeJS.Timeout | null = null
  /** What is to be done when an engine returns. */
  private readonly untidy = new Map<string, (() => Promise<void>)[]>()
  private readonly due = new Map<ResourceKind, NodeJS.Timeout>()
  private chosen: Promise<void> = Promise.resolve()
  private closed = false

  constructor(private readonly with_: Dependencies) {
    this.addBundled()
  }

  /** Looks for engines and chooses one; calls that need an engine wait for it. */
  start(): void {
    this.look()
    this.chosen = this.choose()
    this.timer = setInterval(() => this.lookAgain(), LOOK_INTERVAL)
    this.timer.unref()
  }

  close(): void {
    this.closed = true
    if (this.timer) clearInterval(this.timer)
    for (const timer of this.due.values()) clearTimeout(timer)
    for (const monitor of this.monitors.values()) monitor.unwatch()
  }

  state(): EnginesState {
    return {
      engines: [...this.monitors.values()].map((monitor) => monitor.engine),
      current: this.current,
    }
  }

  /** The engine in use; waits while the first one is being looked for. */
  async connection(): Promise<EngineConnection> {
    await this.chosen
    const monitor = this.monitors.get(this.current ?? '')
    if (monitor === undefined) throw new LaminaError('engine_unreachable', { address: '' })
    const { engine, client } = monitor
    const bundled = engine.id === BUNDLED
    if (bundled) await this.with_.engine.ready()
    return { engine, client, daemon: bundled ? null : client.daemon }
  }

  /** The bundled engine, whichever is in use: for trees and registries. */
  bundled(): Promise<DockerClient> {
    return this.with_.engine.ready()
  }

  /** The engine's process came or went. */
  lookAtBundled(): void {
    if (!this.closed) void this.monitors.get(BUNDLED)?.checkAgain()
  }

  /** Puts an engine in order after work that failed: now, or as soon as it is back. */
  async tidy(id: string, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch {
      this.untidy.set(id, [...(this.untidy.get(id) ?? []), work])
    }
  }

  handlers(): Pick<Handlers, 'engines.state' | 'engines.use' | 'engines.refresh'> {
    return {
      'engines.state': async () => this.state(),
      'engines.use': async ({ id }) => {
        await this.chosen
        if (!this.monitors.has(id)) throw new LaminaError('not_found', { name: id })
        this.use(id)
        await this.with_.settings.set({ engine: id })
        return this.state()
      },
      'engines.refresh': async () => {
        this.look()
        await Promise.all([...this.monitors.values()].map((monitor) => monitor.check()))
        return this.state()
      },
    }
  }

  /**
   * The first engine: what the command line asks for, what was chosen by hand before, what `docker`
   * would reach, any daemon that answers; the bundled one where none does.
   */
  private async choose(): Promise<void> {
    const { wish, settings } = this.with_
    const daemons = [...this.monitors.values()].filter(({ engine }) => engine.id !== BUNDLED)
    const remembered = settings.get().engine
    const bundledFirst = wish === 'bundled' || (wish === null && remembered === BUNDLED)
    const order = [...daemons].sort(
      (a, b) => Number(b.engine.id === remembered) - Number(a.engine.id === remembered),
    )
    for (const monitor of daemons) void monitor.check()
    if (!bundledFirst) {
      for (const monitor of order) {
        if (await monitor.check()) return this.use(monitor.engine.id)
      }
    }
    if (this.closed) return
    const first = wish === 'docker' ? order[0] : undefined
    this.use(first?.engine.id ?? BUNDLED)
  }

  private use(id: string): void {
    if (id === this.current || this.closed) return
    this.monitors.get(this.current ?? '')?.unwatch()
    this.current = id
    this.monitors.get(id)?.watch()
    this.tell()
  }

  /** Adds what is new. An engine seen once stays in the list, so that it can be seen to return. */
  private look(): void {
    for (const candidate of discover(this.with_.where)) {
      if (!this.monitors.has(candidate.address)) this.addDaemon(candidate)
    }
  }

  private lookAgain(): void {
    const known = new Set(this.monitors.keys())
    this.look()
    for (const [id, monitor] of this.monitors) {
      // Through ssh or a network, a question is not free: those are asked at a refresh.
      const local = monitor.client.daemon.socketPath !== undefined
      if (id !== this.current && (local || !known.has(id))) void monitor.check()
    }
  }

  private addDaemon({ address, daemon, name, isDefault }: Candidate): void {
    this.add(
      new EngineMonitor({
        id: address,
        kind: null,
        name,
        cliArgs: isDefault ? [] : ['-H', address],
        client: new DockerClient(address, daemon),
        ...this.listeners(address),
      }),
    )
  }

  private addBundled(): void {
    const { engine } = this.with_
    this.add(
      new EngineMonitor({
        id: BUNDLED,
        kind: 'bundled',
        name: 'bundled',
        cliArgs: ['-H', engine.host],
        client: engine.client,
        started: () => engine.ready(),
        ...this.listeners(BUNDLED),
      }),
    )
  }

  private add(monitor: EngineMonitor): void {
    this.monitors.set(monitor.engine.id, monitor)
    this.tell()
  }

  private listeners(id: string) {
    return {
      onState: () => {
        this.tell()
        if (this.monitors.get(id)?.engine.state !== 'ready') return
        const works = this.untidy.get(id) ?? []
        this.untidy.delete(id)
        for (const work of works) void this.tidy(id, work)
      },
      onChange: (kind: ResourceKind) => {
        if (id === this.current) this.changed(kind)
      },
    }
  }

  private changed(kind: ResourceKind): void {
    if (this.due.has(kind) || this.closed) return
    const tell = () => {
      this.due.delete(kind)
      this.with_.events.emit('resource.changed', { kind })
    }
    this.due.set(kind, setTimeout(tell, CHANGE_INTERVAL))
  }

  private tell(): void {
    if (!this.closed) this.with_.events.emit('engines.changed', this.state())
  }
}
