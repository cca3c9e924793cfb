/**
 * Docker's own settings, changed with a net: preview, check, copy beside the file, write, reload by
 * SIGHUP, look at /info, and the way back.
 */
import { randomUUID } from 'node:crypto'
import type { Handlers } from '@shared/contract'
import type {
  DaemonSettings,
  SettingsChange,
  SettingsPreview,
  SettingsReport,
} from '@shared/doctor'
import { LaminaError } from '@shared/errors'
import type { Surroundings } from '../../docker/discover'
import { readRegistryInfo } from '../../docker/registry-settings'
import type { EnginesService } from '../engines'
import { listOf, withList, type ListKey } from './document'
import { fingerprint, readIfThere, removeFile, replaceFile, writeBackup } from './file'
import { ChangeHistory, type MadeChange } from './history'
import { lookUp, type Found } from './look-up'
import { planChange } from './plan'

type Calls = 'daemon.settings' | 'daemon.preview' | 'daemon.apply' | 'daemon.undo'

/** Milliseconds that a daemon gets to take new settings after SIGHUP. */
const RELOAD_LIMIT = 10_000
/** How sentences call an engine: its own name may be DOCKER_HOST or a context’s. */
const PRODUCTS = { docker: 'Docker', podman: 'Podman', bundled: 'Lamina' } as const
const KEYS: readonly ListKey[] = ['insecure-registries', 'registry-mirrors']

interface Dependencies {
  engines: EnginesService
  where: Surroundings
  home: string
}

export class DaemonSettingsService {
  private readonly history: ChangeHistory
  /** Changes go one after the other. */
  private last: Promise<unknown> = Promise.resolve()

  constructor(private readonly with_: Dependencies) {
    this.history = new ChangeHistory(with_.home)
  }

  handlers(): Pick<Handlers, Calls> {
    return {
      'daemon.settings': async (_input, { signal }) => this.shown(await this.find(signal)),
      'daemon.preview': ({ change }, { signal }) => this.preview(change, signal),
      'daemon.apply': ({ change, base }) => this.inTurn(() => this.apply(change, base)),
      'daemon.undo': ({ id }) => this.inTurn(() => this.undo(id)),
    }
  }

  /** The engine in use with its file. */
  async find(signal?: AbortSignal): Promise<Found> {
    return lookUp(await this.with_.engines.connection(), this.with_.where, signal)
  }

  async shown(found: Found): Promise<DaemonSettings> {
    const { connection, place, daemon, live, obstacle, detail, content } = found
    const { engine } = connection
    const text = content !== null && detail === null ? content.toString('utf8') : ''
    const undo = await this.history.last(engine.id)
    return {
      engine: PRODUCTS[engine.kind],
      kind: place.kind,
      path: place.path,
      certain: place.certain,
      exists: content !== null,
      pid: daemon?.pid ?? null,
      obstacle,
      detail,
      configured: {
        insecure: listOf(text, 'insecure-registries'),
        mirrors: listOf(text, 'registry-mirrors'),
      },
      live,
      undo: undo && { id: undo.id, path: undo.path, backup: undo.backup, at: undo.at },
    }
  }

  private async preview(change: SettingsChange, signal: AbortSignal): Promise<SettingsPreview> {
    const found = await this.find(signal)
    return (await planChange(found, change, this.with_.where.platform)).preview
  }

  private async apply(change: SettingsChange, base: string): Promise<SettingsReport> {
    const found = await this.find()
    const { preview, before } = await planChange(found, change, this.with_.where.platform)
    const { path, backup, after, check } = preview
    if (preview.obstacle !== null) throw new LaminaError('settings_not_ours', { path })
    if (check.problems.length > 0) {
      throw new LaminaError('settings_refused', { reason: check.problems.join('; ') })
    }
    if (preview.base !== base) throw new LaminaError('settings_changed', { path })
    if (before !== null && backup !== null) await writeBackup(path, backup, before)
    const folders = await replaceFile(path, after)
    await this.history.add({
      id: randomUUID(),
      engine: found.connection.engine.id,
      kind: change.kind,
      path,
      backup,
      before: base,
      after: fingerprint(after),
      folders,
      at: Date.now(),
    })
    return this.report(found, preview.effect, { path, backup, commands: preview.commands }, after)
  }

  /**
   * Puts back what was there, byte for byte. A daemon keeps the value of a key that goes away, so
   * that such a key is emptied and told first.
   */
  private async undo(id: string): Promise<SettingsReport> {
    const made = await this.history.find(id)
    if (made === null) throw new LaminaError('not_found', { name: id })
    const found = await this.find()
    const { path, backup } = made
    const current = await readIfThere(path)
    if (fingerprint(current) !== made.after) throw new LaminaError('settings_changed', { path })
    const old = backup === null ? null : await readIfThere(backup)
    if (fingerprint(old) !== made.before) {
      throw new LaminaError('settings_changed', { path: backup ?? path })
    }
    const isList = made.kind === 'list'
    const oldText = old?.toString('utf8') ?? ''
    const emptied = isList ? withEmptied(current?.toString('utf8') ?? '', oldText) : null
    if (emptied !== null && canSignal(found)) {
      await replaceFile(path, emptied)
      await this.reload(found, emptied)
    }
    await this.putBack(made, old)
    await this.history.forget(id)
    const effect = !isList ? 'at-once' : found.place.kind === 'windows' ? 'restart' : 'sighup'
    return this.report(found, effect, { path, backup: null, commands: [] }, oldText)
  }

  private async putBack({ path, folders }: MadeChange, old: Buffer | null): Promise<void> {
    if (old === null) await removeFile(path, folders)
    else await replaceFile(path, old)
  }

  private async report(
    found: Found,
    effect: SettingsPreview['effect'],
    about: Pick<SettingsReport, 'path' | 'backup' | 'commands'>,
    text: string,
  ): Promise<SettingsReport> {
    const outcome =
      effect !== 'sighup'
        ? effect
        : canSignal(found)
          ? (await this.reload(found, text))
            ? 'live'
            : 'refused'
          : 'restart'
    return { ...about, effect: outcome, settings: await this.shown(await this.find()) }
  }

  /** SIGHUP, and then /info until it shows what the text says; false where it does not come to that. */
  private async reload({ daemon, connection }: Found, text: string): Promise<boolean> {
    if (daemon === null) return false
    process.kill(daemon.pid, 'SIGHUP')
    const end = Date.now() + RELOAD_LIMIT
    for (;;) {
      // Null also while a daemon goes down over it: that is no agreement.
      const info = await readRegistryInfo(connection.client).catch(() => null)
      if (info?.live && agrees(info.live, text)) return true
      if (Date.now() > end) return false
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = this.last.then(work)
    this.last = next.catch(() => undefined)
    return next
  }
}

/** Whether the daemon's process is known and may be told to read its file again. */
function canSignal({ daemon }: Found): boolean {
  if (daemon === null) return false
  try {
    return process.kill(daemon.pid, 0)
  } catch {
    return false
  }
}

/** The text with every list emptied that the old one does not name; null where none must be. */
function withEmptied(text: string, old: string): string | null {
  let emptied = text
  for (const key of KEYS) {
    if (listOf(old, key) === null && (listOf(emptied, key) ?? []).length > 0) {
      emptied = withList(emptied, key, [])
    }
  }
  return emptied === text ? null : emptied
}

/** Whether a daemon works with the lists of a text; a list that is not there says nothing. */
function agrees(live: NonNullable<DaemonSettings['live']>, text: string): boolean {
  const mirrors = listOf(text, 'registry-mirrors')
  const insecure = listOf(text, 'insecure-registries')
  const bare = (list: readonly string[]) => list.map((one) => one.replace(/\/$/, '')).join()
  // dockerd takes a scheme off by itself.
  const hosts = (insecure ?? [])
    .map((one) => one.replace(/^https?:\/\/|\/+$/g, ''))
    .filter((one) => !one.includes('/'))
  const shown = new Set(live.insecure.map((one) => one.toLowerCase()))
  return (
    (mirrors === null || bare(mirrors) === bare(live.mirrors)) &&
    (insecure === null ||
      (hosts.length === shown.size && hosts.every((one) => shown.has(one.toLowerCase()))))
  )
}
