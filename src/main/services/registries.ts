/** Registries that the person added: `registries.json` in the home folder, without any secret. */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { z } from 'zod'
import type { CallInput, Handlers } from '@shared/contract'
import { LaminaError } from '@shared/errors'
import type { RegistryTarget } from '@shared/lamina-api'
import type { Registry } from '@shared/models'
import { probeRegistry } from '../docker/lamina'
import { hostOfKey, type CredentialsService } from './credentials'
import type { EnginesService } from './engines'
import type { EventHub } from './event-hub'
import { JsonFile } from './json-file'

const storeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('docker-helper'), name: z.string() }),
  z.object({ kind: z.literal('keychain') }),
  z.object({ kind: z.literal('memory') }),
  z.object({ kind: z.literal('docker-config') }),
])

const schema = z.object({
  registries: z.array(
    z.object({
      id: z.string(),
      address: z.string(),
      protocol: z.enum(['https', 'http']),
      username: z.string().nullable(),
      secret: storeSchema.nullable(),
    }),
  ),
})

const HOST = /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?|\[[a-fA-F0-9:]+\])(?::([0-9]{1,5}))?$/

interface Dependencies {
  engines: EnginesService
  credentials: CredentialsService
  events: EventHub
  /** Told which hosts are reached over http whenever that changes. */
  onInsecure: (hosts: string[]) => Promise<void>
  /** The registry of one's own, while it runs. */
  own: () => Registry | null
}

type Calls =
  | 'registries.list'
  | 'registries.save'
  | 'registries.remove'
  | 'registries.test'
  | 'registries.secretStore'
  | 'registries.secretStores'
  | 'registries.signOut'
  | 'registries.found'
type Input = CallInput<'registries.save'>

export class RegistriesService {
  private constructor(
    private readonly file: JsonFile<typeof schema>,
    private readonly with_: Dependencies,
    private registries: Registry[],
  ) {}

  static async open(home: string, with_: Dependencies): Promise<RegistriesService> {
    const file = new JsonFile(join(home, 'registries.json'), schema)
    const { registries } = await file.read({ registries: [] })
    return new RegistriesService(
      file,
      with_,
      registries.map((one) => ({ ...one, own: false })),
    )
  }

  /** Hosts of all of them. */
  hosts(): string[] {
    return this.all().map((one) => one.address)
  }

  /** Hosts that are reached over http. */
  insecureHosts(): string[] {
    return this.all()
      .filter((one) => one.protocol === 'http')
      .map((one) => one.address)
  }

  /** A saved registry with what it is reached with. Throws `not_found`. */
  async reach(id: string): Promise<RegistryTarget> {
    return this.targetOf(this.kept(this.find(id)))
  }

  handlers(): Pick<Handlers, Calls> {
    const { engines, credentials } = this.with_
    return {
      'registries.list': async () => Promise.all(this.all().map((one) => this.shown(one))),
      'registries.save': (input) => this.save(input),
      'registries.remove': async ({ id }) => {
        const registry = this.find(id)
        this.refuseOwn(registry)
        await this.replace(this.registries.filter((one) => one.id !== id))
        await credentials.erase(registry.address, registry.secret)
      },
      'registries.test': async (input, { signal }) =>
        probeRegistry(await engines.bundled(), await this.targetOf(input), signal),
      'registries.secretStore': () => credentials.where(''),
      'registries.secretStores': ({ address }) => credentials.choices(hostOfKey(address.trim())),
      'registries.signOut': ({ id }) => this.signOut(id),
      'registries.found': async () => {
        const saved = new Set(this.hosts())
        return (await credentials.found()).filter(({ address }) => !saved.has(address))
      },
    }
  }

  /** What a registry is reached with; a password of null means the one that is kept. */
  private async targetOf(input: Input): Promise<RegistryTarget> {
    const address = readHost(input.address)
    const { protocol, username } = input
    if (username === null || username === '') {
      return { address, protocol, username: null, password: null }
    }
    if (input.password !== null) return { address, protocol, username, password: input.password }
    const kept = (await this.with_.credentials.find(address))?.auth
    const { password = null, identitytoken } = kept ?? {}
    return { address, protocol, username, password, ...(identitytoken && { identitytoken }) }
  }

  /** Adds a registry without a user, unless there is one of this address. */
  async note(address: string, protocol: 'http' | 'https'): Promise<void> {
    if (this.all().some((one) => one.address === address)) return
    const fresh = { address, protocol, username: null, secret: null, own: false }
    await this.replace([...this.registries, { id: randomUUID(), ...fresh }])
  }

  /** Throws what keeps this user from signing in. */
  private async tryOut(input: Input): Promise<void> {
    const target = await this.targetOf(input)
    if (target.password === null && !target.identitytoken) return
    const { signedIn } = await probeRegistry(await this.with_.engines.bundled(), target)
    if (signedIn !== false) return
    const code = target.password === null ? 'registry_login_expired' : 'registry_unauthorized'
    throw new LaminaError(code, { address: target.address })
  }

  private async signOut(id: string): Promise<Registry> {
    const registry = this.find(id)
    this.refuseOwn(registry)
    const { credentials } = this.with_
    // There may be an older one behind the one that is used.
    for (let left = 4; left > 0; left--) {
      const found = await credentials.find(registry.address)
      if (!found) break
      await credentials.erase(registry.address, found.store)
    }
    const rest = this.registries.filter((one) => one.id !== id)
    await this.replace([...rest, { ...registry, secret: null }])
    return this.shown(this.find(id))
  }

  private async save({ check = false, ...input }: Input): Promise<Registry> {
    const { credentials } = this.with_
    const address = readHost(input.address)
    const before = input.id === null ? null : this.find(input.id)
    if (before) this.refuseOwn(before)
    if (this.all().some((one) => one.address === address && one.id !== before?.id)) {
      throw new LaminaError('name_in_use', { name: address })
    }
    const username = input.username === '' ? null : input.username
    if (check && username !== null) await this.tryOut(input)
    const registry: Registry = {
      id: before?.id ?? randomUUID(),
      address,
      protocol: input.protocol,
      username,
      secret: before?.secret ?? null,
      own: false,
    }
    const moved = before !== null && before.address !== address
    if (before !== null && (moved || username === null)) {
      await credentials.erase(before.address, before.secret)
      registry.secret = null
    }
    if (username !== null) {
      // Another name for a password that stays: a login is kept as a whole.
      const renamed = before !== null && !moved && before.username !== username
      const kept = renamed ? (await credentials.find(address))?.auth.password : undefined
      const password = input.password ?? kept
      if (password !== undefined) {
        const login = { username, password }
        registry.secret = await credentials.save(address, login, input.keep)
      }
    }
    const rest = this.registries.filter((one) => one.id !== registry.id)
    await this.replace([...rest, registry])
    return this.shown(registry)
  }

  /** As it is shown: with where its password is now, which the end of a run may have changed. */
  private async shown(registry: Registry): Promise<Registry> {
    if (registry.username === null) return { ...registry, secret: null }
    const found = await this.with_.credentials.find(registry.address)
    return { ...registry, secret: found?.store ?? null }
  }

  private kept(registry: Registry): Input {
    const { id, address, protocol, username } = registry
    return { id, address, protocol, username, password: null }
  }

  /** Its settings are a page's of its own. */
  private refuseOwn({ own, address }: Registry): void {
    if (own)
      throw new LaminaError('invalid_input', { field: address, reason: 'it is Lamina’s own' })
  }

  /** The own one stands for a saved one of the same address. */
  private all(): Registry[] {
    const own = this.with_.own()
    if (!own) return this.registries
    return [own, ...this.registries.filter((one) => one.address !== own.address)]
  }

  private find(id: string): Registry {
    const registry = this.all().find((one) => one.id === id)
    if (registry === undefined) throw new LaminaError('not_found', { name: id })
    return registry
  }

  private async replace(registries: Registry[]): Promise<void> {
    const before = this.insecureHosts().join()
    await this.file.write({ registries: registries.map(({ own: _, ...one }) => one) })
    this.registries = registries
    if (this.insecureHosts().join() !== before) await this.with_.onInsecure(this.insecureHosts())
    this.with_.events.emit('registries.changed', {})
  }
}

/** Host and port of what was typed, which may carry a scheme and a path. Throws `invalid_input`. */
export function readHost(text: string): string {
  const host = hostOfKey(text.trim())
  const port = HOST.exec(host)
  if (port === null || Number(port[1] ?? 0) > 65_535) {
    throw new LaminaError('invalid_input', { field: 'address', reason: 'not a host with a port' })
  }
  return host
}
