/**
 * Where registry passwords are kept, in this order: Docker's own credential helper (the one that
 * config.json names for the host), the system's keychain (an encrypted file in the home folder),
 * the memory of this run. In config.json itself, which anybody who is this user can read, only by the
 * person's own choice. They leave this file only towards an engine or a registry.
 */
import { join } from 'node:path'
import { z } from 'zod'
import { LaminaError } from '@shared/errors'
import type { FoundLogin, SecretStore } from '@shared/models'
import { TOKEN_USER } from '@shared/registries'
import type { RegistryAuth } from '../docker/client'
import {
  authEntry,
  configAuth,
  configLogins,
  hostOfKey,
  passwordAuth,
  readLegacyAuths,
  serverKey,
  tokenAuth,
  writeAuth,
} from '../docker/docker-auths'
import { readDockerConfig } from '../docker/docker-config'
import { DockerHelper } from './docker-helper'
import { fileError } from './file-errors'
import { JsonFile } from './json-file'
import type { SecretBox } from './platform'

export { hostOfKey } from '../docker/docker-auths'

export interface Login {
  username: string
  password: string
}

const secretsSchema = z.record(z.string(), z.string())

export class CredentialsService {
  private readonly memory = new Map<string, Login>()
  private readonly lent = new Map<string, Login>()
  private readonly encrypted: JsonFile<typeof secretsSchema>
  private readonly helpers = new Map<string, DockerHelper>()

  constructor(
    home: string,
    private readonly box: SecretBox | null,
    private readonly dockerDir: string,
    private readonly env: Readonly<Record<string, string | undefined>>,
    /** Of `.dockercfg`, which docker read before there was config.json. */
    private readonly legacy: string | null = null,
  ) {
    this.encrypted = new JsonFile(join(home, 'secrets.json'), secretsSchema)
  }

  /** Where a password for this host would be kept. */
  async where(host: string): Promise<SecretStore> {
    return (await this.choices(host))[0] as SecretStore
  }

  /** Where a password for this host can be kept, the best first. */
  async choices(host: string): Promise<SecretStore[]> {
    const helper = this.helperOf(host)
    const works = helper !== null && (await helper.works())
    return [
      ...(works ? [{ kind: 'docker-helper' as const, name: helper.name }] : []),
      ...(this.box ? [{ kind: 'keychain' as const }] : []),
      { kind: 'memory' },
      // With a helper, docker itself would not look there.
      ...(helper ? [] : [{ kind: 'docker-config' as const }]),
    ]
  }

  /**
   * Keeps a login and says where. Without a wish, a helper that fails is passed over; a place that was
   * chosen is the only one. @throws LaminaError secret_not_kept, docker_config_broken
   */
  async save(host: string, login: Login, wish?: SecretStore['kind']): Promise<SecretStore> {
    await this.erase(host, null)
    const helper = this.helperOf(host)
    if (helper && (wish === undefined || wish === 'docker-helper')) {
      const store = { kind: 'docker-helper', name: helper.name } as const
      if (await this.storeWith(helper, host, login)) return store
      if (wish) throw new LaminaError('secret_not_kept', { name: helper.name })
    }
    if (wish === 'docker-config') {
      await this.writeConfig(host, authEntry(login.username, login.password))
      return { kind: 'docker-config' }
    }
    if (this.box && (wish === undefined || wish === 'keychain')) {
      const secrets = await this.encrypted.read({})
      await this.encrypted.write({ ...secrets, [host]: this.box.encrypt(JSON.stringify(login)) })
      return { kind: 'keychain' }
    }
    this.memory.set(host, login)
    return { kind: 'memory' }
  }

  /** Where a login for this host is kept now, by Lamina or by `docker login`; null: nowhere. */
  async find(host: string): Promise<{ store: SecretStore; auth: RegistryAuth } | null> {
    const own = this.lent.get(host) ?? this.memory.get(host)
    if (own) return { store: { kind: 'memory' }, auth: passwordAuth(host, own) }
    const kept = await this.decrypt(host)
    if (kept) return { store: { kind: 'keychain' }, auth: passwordAuth(host, kept) }
    const helper = this.helperOf(host)
    const given = helper && (await helper.get(serverKey(host)))
    if (given) {
      const store = { kind: 'docker-helper', name: helper.name } as const
      if (given.Username === TOKEN_USER) return { store, auth: tokenAuth(host, given.Secret) }
      const login = { username: given.Username, password: given.Secret }
      return { store, auth: passwordAuth(host, login) }
    }
    const { auths } = readDockerConfig(this.dockerDir)
    const auth = configAuth(auths, host) ?? configAuth(readLegacyAuths(this.legacy), host)
    return auth && { store: { kind: 'docker-config' }, auth }
  }

  /** Logins that `docker login` left here, by host: in helpers, in config.json, in .dockercfg. */
  async found(): Promise<FoundLogin[]> {
    const config = readDockerConfig(this.dockerDir)
    const logins = new Map<string, FoundLogin>()
    const note = (address: string, username: string, store: SecretStore) => {
      if (!logins.has(address)) logins.set(address, { address, username, store })
    }
    const named = Object.entries(config.credHelpers ?? {})
    for (const name of new Set([...named.map(([, one]) => one), config.credsStore])) {
      if (!name) continue
      const listed = await this.helper(name).list()
      for (const [key, username] of Object.entries(listed)) {
        const host = hostOfKey(key)
        // One helper may hold what another one answers for.
        if (this.helperOf(host)?.name !== name) continue
        note(host, username, { kind: 'docker-helper', name })
      }
    }
    for (const auths of [config.auths, readLegacyAuths(this.legacy)]) {
      for (const [host, username] of configLogins(auths)) {
        note(host, username, { kind: 'docker-config' })
      }
    }
    return [...logins.values()].sort((a, b) => (a.address < b.address ? -1 : 1))
  }

  /** A login of the app's own, for as long as it is not taken back: it goes before all others. */
  lend(host: string, login: Login): void {
    this.lent.set(host, login)
  }

  takeBack(host: string): void {
    this.lent.delete(host)
  }

  /** What goes into X-Registry-Auth; empty without a login. */
  async authFor(host: string): Promise<RegistryAuth> {
    return (await this.find(host))?.auth ?? {}
  }

  /**
   * Forgets the login of a host where Lamina keeps it. `store` says where else it goes: out of a
   * helper, or out of config.json, as `docker logout` would do it.
   */
  async erase(host: string, store: SecretStore | null): Promise<void> {
    this.memory.delete(host)
    const secrets = await this.encrypted.read({})
    if (host in secrets) {
      const rest = Object.entries(secrets).filter(([key]) => key !== host)
      await this.encrypted.write(Object.fromEntries(rest))
    }
    if (store?.kind === 'docker-config') await this.writeConfig(host, null)
    if (store?.kind !== 'docker-helper') return
    await this.helper(store.name)
      .erase(serverKey(host))
      .catch(() => undefined) // it has none
    await this.writeConfig(host, null)
  }

  /** With a helper the file keeps an empty entry, from which docker knows that there is one. */
  private async storeWith(helper: DockerHelper, host: string, login: Login): Promise<boolean> {
    const credentials = { Username: login.username, Secret: login.password }
    try {
      await helper.store(serverKey(host), credentials)
    } catch {
      return false
    }
    await this.writeConfig(host, {})
    return true
  }

  private async writeConfig(host: string, entry: Parameters<typeof writeAuth>[2]): Promise<void> {
    await writeAuth(this.dockerDir, host, entry).catch((thrown: unknown) => {
      throw fileError(thrown, join(this.dockerDir, 'config.json'))
    })
  }

  private async decrypt(host: string): Promise<Login | null> {
    const text = this.box && (await this.encrypted.read({}))[host]
    if (!this.box || !text) return null
    try {
      const login = z.object({ username: z.string(), password: z.string() })
      return login.parse(JSON.parse(this.box.decrypt(text)))
    } catch {
      return null // another user's keychain, or another machine's
    }
  }

  private helperOf(host: string): DockerHelper | null {
    const config = readDockerConfig(this.dockerDir)
    const own = Object.entries(config.credHelpers ?? {}).find(([key]) => hostOfKey(key) === host)
    const name = own?.[1] ?? config.credsStore
    return name ? this.helper(name) : null
  }

  private helper(name: string): DockerHelper {
    const known = this.helpers.get(name)
    if (known) return known
    const helper = new DockerHelper(name, this.env)
    this.helpers.set(name, helper)
    return helper
  }
}
