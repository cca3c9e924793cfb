/**
 * Repositories by registry that were pushed to, pulled from, looked at or added by hand:
 * `repositories.json` in the home folder. Many registries list nothing; these are found again.
 */
import { join } from 'node:path'
import { z } from 'zod'
import type { Task } from '@shared/models'
import { parseReference } from '@shared/reference'
import type { EventHub } from './event-hub'
import { JsonFile } from './json-file'

const schema = z.record(z.string(), z.array(z.string()))
/** Names of one registry; the oldest go first. */
const MOST = 1000

export class KnownRepositories {
  private constructor(
    private readonly file: JsonFile<typeof schema>,
    private names: Record<string, string[]>,
  ) {}

  /** @param hosts of the saved registries: what was known of one that leaves the list is forgotten */
  static async open(
    home: string,
    events: EventHub,
    hosts: () => string[],
  ): Promise<KnownRepositories> {
    const file = new JsonFile(join(home, 'repositories.json'), schema)
    const known = new KnownRepositories(file, await file.read({}))
    let saved = hosts()
    events.listen((name, payload) => {
      if (name === 'task.changed') void known.addOf(payload as Task).catch(() => undefined)
      if (name !== 'registries.changed') return
      const now = hosts()
      const gone = saved.filter((host) => !now.includes(host))
      saved = now
      void known.removeAll(gone).catch(() => undefined)
    })
    return known
  }

  /** Sorted. */
  of(address: string): string[] {
    return [...(this.names[address] ?? [])].sort()
  }

  async add(address: string, repository: string): Promise<void> {
    const before = this.names[address] ?? []
    if (before.includes(repository)) return
    await this.set(address, [...before, repository].slice(-MOST))
  }

  async remove(address: string, repository: string): Promise<void> {
    const before = this.names[address] ?? []
    await this.set(
      address,
      before.filter((name) => name !== repository),
    )
  }

  private async removeAll(addresses: string[]): Promise<void> {
    for (const address of addresses) await this.set(address, [])
  }

  /** Of a pull or a push that ended well. */
  private async addOf({ kind, state, result }: Task): Promise<void> {
    if (state !== 'done' || (kind !== 'pull' && kind !== 'push') || !result?.reference) return
    const parsed = parseReference(result.reference)
    if (parsed.ok) await this.add(parsed.reference.domain, parsed.reference.path)
  }

  private async set(address: string, names: string[]): Promise<void> {
    const before = this.names[address] ?? []
    if (names.length === before.length && names.every((name, at) => name === before[at])) return
    const rest = Object.entries(this.names).filter(([host]) => host !== address)
    this.names = Object.fromEntries(names.length > 0 ? [...rest, [address, names]] : rest)
    await this.file.write(this.names)
  }
}
