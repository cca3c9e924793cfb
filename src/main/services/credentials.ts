/**
 * Where registry passwords are kept, in this order: Docker's own credential helper (the one that
 * config.json names for the host), the system's keychain (an encrypted file in the home folder),
 * the memory of this run. They leave this file only towards an engine or a registry.
 */
import { join } from 'node:path'
import { z } from 'zod'
import type { SecretStore } from '@shared/models'
import { DEFAULT_DOMAIN } from '@shared/reference'
import type { RegistryAuth } from '../docker/client'
import { readDockerConfig, type DockerConfig } from '../docker/docker-config'
import { DockerHelper } from './docker-helper'
import { JsonFile } from './json-file'
import type { SecretBox } from './platform'

export interface Login {
  username: string
  password: string
}

/** Docker Hub's key in config.json and in helpers, since the days of the first registry. */
const HUB_KEY = 'https://index.docker.io/v1/'
/** A helper that answers with this user name holds an identity token. */
const TOKEN_USER = '<token>'

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
  ) {
    this.encrypted = new JsonFile(join(home, 'secrets.json'), secretsSchema)
  }

  /** Where a password for this host would be kept. */
  async where(host: string): Promise<SecretStore> {
    const helper = this.helperOf(host)
    if (helper && (await helper.works())) return { kind: 'docker-helper', name: helper.name }
    return this.box ? { kind: 'keychain' } : { kind: 'memory' }
  }

  /** Keeps a login and says where. A helper that fails is passed over. */
  async save(host: string, login: Login): Promise<SecretStore> {
    await this.erase(host, null)
    const helper = this.helperOf(host)
    if (helper) {
      const credentials = { Username: login.username, Secret: login.password }
      const kept = await helper.store(serverKey(host), credentials).then(
        () => true,
        () => false,
      )
      if (kept) return { kind: 'docker-helper', name: helper.name }
    }
    if (this.box) {
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
    const auth = configAuth(readDockerConfig(this.dockerDir), host)
    return auth && { store: { kind: 'docker-config' }, auth }
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
   * Forgets the login of a host, where Lamina itself kept it. `store` says where that was; what
   * `docker login` wrote into config.json stays.
   */
  async erase(host: string, store: SecretStore | null): Promise<void> {
    this.memory.delete(host)
    const secrets = await this.encrypted.read({})
    if (host in secrets) {
      const rest = Object.entries(secrets).filter(([key]) => key !== host)
      await this.encrypted.write(Object.fromEntries(rest))
    }
    if (store?.kind !== 'docker-helper') return
    await this.helper(store.name)
      .erase(serverKey(host))
      .catch(() => undefined) // it has none
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

/** The host that a key of config.json means: with or without scheme and path. */
export function hostOfKey(key: string): string {
  const host = key.replace(/^https?:\/\//, '').split('/')[0] as string
  return /^(?:index\.|registry-1\.)?docker\.io$/.test(host) ? DEFAULT_DOMAIN : host
}

function serverKey(host: string): string {
  return host === DEFAULT_DOMAIN ? HUB_KEY : host
}

/** `auths` of config.json: base64 of user:password, or an identity token. */
function configAuth(config: DockerConfig, host: string): RegistryAuth | null {
  for (const [key, entry] of Object.entries(config.auths ?? {})) {
    if (hostOfKey(key) !== host) continue
    if (entry.identitytoken) return tokenAuth(host, entry.identitytoken)
    const text = Buffer.from(entry.auth ?? '', 'base64').toString('utf8')
    const colon = text.indexOf(':')
    if (colon < 1) continue
    // Docker pads the password with zero bytes.
    const password = text.slice(colon + 1).replace(/\0+$/, '')
    return passwordAuth(host, { username: text.slice(0, colon), password })
  }
  return null
}

function passwordAuth(host: string, login: Login): RegistryAuth {
  return { ...login, serveraddress: serverKey(host) }
}

function tokenAuth(host: string, identitytoken: string): RegistryAuth {
  return { identitytoken, serveraddress: serverKey(host) }
}
