/**
 * The registry of one's own: its settings (`registry-server.json` in the home folder), its users and
 * certificate, and the wish that it runs, which outlives the engine's process and the app.
 */
import { randomBytes } from 'node:crypto'
import { isAbsolute, join } from 'node:path'
import { z } from 'zod'
import type { CallInput, Handlers } from '@shared/contract'
import { LaminaError, toAppError, type AppError } from '@shared/errors'
import type { Registry } from '@shared/models'
import {
  registryServerSettingsSchema,
  type CertificateInfo,
  type RegistryServerSettings,
  type RegistryServerView,
} from '@shared/registry-server'
import type { DockerClient } from '../docker/client'
import {
  collectRegistryGarbage,
  deleteRegistryUser,
  makeCertificate,
  putRegistryUser,
  readCertificate,
  registryServerState,
  registryUsers,
  startRegistryServer,
  stopRegistryServer,
} from '../docker/registry-server'
import type { CredentialsService } from './credentials'
import type { EnginesService } from './engines'
import type { EventHub } from './event-hub'
import { JsonFile } from './json-file'
import { addressOf, isLoopback, namesFor, othersOf, sameName } from './registry-addresses'

/** The id that it has among the registries. */
const OWN_REGISTRY = 'own'
/** Whom the app signs in as, where there are users; with a new password at each start. */
const APP_USER = 'lamina'

const schema = z.object({ settings: registryServerSettingsSchema, wanted: z.boolean() })

const FIRST: z.output<typeof schema> = {
  settings: { host: '127.0.0.1', port: 5000, folder: '', tls: { kind: 'none' }, readOnly: false },
  wanted: false,
}

interface Dependencies {
  engines: EnginesService
  credentials: CredentialsService
  events: EventHub
  /** Told when its address came, went or changed its protocol. */
  onChange: () => Promise<void>
}

type Calls = Extract<keyof Handlers, `registryServer.${string}`>

export class RegistryServerService {
  private url: string | null = null
  private signedIn = false
  private error: AppError | null = null
  private last: Promise<unknown> = Promise.resolve()

  private constructor(
    private readonly home: string,
    private readonly file: JsonFile<typeof schema>,
    private readonly with_: Dependencies,
    private kept: z.output<typeof schema>,
  ) {}

  static async open(home: string, with_: Dependencies): Promise<RegistryServerService> {
    const file = new JsonFile(join(home, 'registry-server.json'), schema)
    return new RegistryServerService(home, file, with_, await file.read(FIRST))
  }

  /** As one of the registries, while it runs. */
  own(): Registry | null {
    const address = this.address()
    if (address === null || this.url === null) return null
    return {
      id: OWN_REGISTRY,
      address,
      protocol: this.url.startsWith('https:') ? 'https' : 'http',
      username: this.signedIn ? APP_USER : null,
      secret: this.signedIn ? { kind: 'memory' } : null,
      own: true,
    }
  }

  /** The engine's process is there (again), and nothing runs in it yet. */
  async engineReady(): Promise<void> {
    await this.inTurn(async () => {
      if (this.kept.wanted) await this.begin().catch(() => undefined) // `error` has it
      await this.tell()
    })
  }

  /** The engine's process went, and the registry with it. */
  async engineGone(): Promise<void> {
    if (this.url === null) return
    this.forget()
    await this.tell()
  }

  handlers(): Pick<Handlers, Calls> {
    return {
      'registryServer.view': () => this.view(),
      'registryServer.save': (input) => this.change(() => this.save(input)),
      'registryServer.start': () => this.change(() => this.start()),
      'registryServer.stop': () => this.change(() => this.stop()),
      'registryServer.collect': async ({ untagged }, { signal }) =>
        collectRegistryGarbage(await this.client(), untagged, signal),
      'registryServer.addUser': (input) => this.change(() => this.addUser(input)),
      'registryServer.removeUser': ({ name }) => this.change(() => this.removeUser(name)),
      'registryServer.renewCertificate': () => this.change(() => this.renewCertificate()),
    }
  }

  private async view(): Promise<RegistryServerView> {
    const { settings, wanted } = this.kept
    const client = await this.client()
    const { running } = await registryServerState(client)
    const certificate = await this.certificate(client).catch(() => null)
    const others = this.url === null ? [] : othersOf(settings.host, settings.port)
    return {
      ...{ settings, wanted, running, certificate, others },
      folder: this.root(),
      defaultFolder: join(this.home, 'registry'),
      address: this.address(),
      error: this.error,
      users: await this.users(client),
    }
  }

  private async save(settings: RegistryServerSettings): Promise<void> {
    if (settings.folder !== '' && !isAbsolute(settings.folder)) {
      throw new LaminaError('invalid_input', { field: 'folder', reason: 'not an absolute path' })
    }
    await this.keep({ ...this.kept, settings })
    // Where the new ones do not work, the old ones are not taken up again: what is shown is what is.
    if (this.kept.wanted) await this.begin()
  }

  private async start(): Promise<void> {
    await this.keep({ ...this.kept, wanted: true })
    await this.begin()
  }

  private async stop(): Promise<void> {
    await this.keep({ ...this.kept, wanted: false })
    this.forget()
    await stopRegistryServer(await this.client())
  }

  private async addUser({ name, password }: CallInput<'registryServer.addUser'>): Promise<void> {
    if (name === APP_USER) throw new LaminaError('name_in_use', { name })
    await putRegistryUser(await this.client(), this.passwords(), { name, password })
    // The first one ends the time in which nobody was asked.
    if (this.url !== null && !this.signedIn) await this.begin()
  }

  private async removeUser(name: string): Promise<void> {
    const client = await this.client()
    const rest = (await this.users(client)).filter((one) => one !== name)
    const { host, port } = this.kept.settings
    if (this.kept.wanted && rest.length === 0 && !isLoopback(host)) {
      const address = `${host === '' ? '*' : host}:${port}`
      throw new LaminaError('registry_needs_users', { address })
    }
    await deleteRegistryUser(client, this.passwords(), name)
    if (this.url !== null && rest.length === 0) await this.begin()
  }

  private async renewCertificate(): Promise<void> {
    const { tls, host } = this.kept.settings
    if (tls.kind !== 'made') return
    await makeCertificate(await this.client(), this.tlsFolder(), namesFor(host, tls.names))
    if (this.url !== null) await this.begin()
  }

  /** Starts it with what is kept; throws, and remembers, why it cannot. */
  private async begin(): Promise<void> {
    this.forget()
    const { settings } = this.kept
    try {
      const client = await this.client()
      const users = await this.users(client)
      const tls = await this.tlsFiles(client)
      if (users.length > 0) await this.signIn(client)
      const { running } = await startRegistryServer(client, {
        root: this.root(),
        host: settings.host,
        port: settings.port,
        htpasswd: users.length > 0 ? this.passwords() : null,
        tls,
        readOnly: settings.readOnly,
      })
      this.url = running?.url ?? null
      this.signedIn = users.length > 0
    } catch (thrown) {
      this.forget()
      this.error = toAppError(thrown)
      throw thrown
    }
  }

  /** A user of the app's own, whose password nobody knows and no file has. */
  private async signIn(client: DockerClient): Promise<void> {
    const password = randomBytes(24).toString('base64url')
    await putRegistryUser(client, this.passwords(), { name: APP_USER, password })
    const { host, port } = this.kept.settings
    this.with_.credentials.lend(addressOf(host, port), { username: APP_USER, password })
  }

  private async tlsFiles(
    client: DockerClient,
  ): Promise<{ certificate: string; key: string } | null> {
    const { tls, host } = this.kept.settings
    if (tls.kind === 'none') return null
    if (tls.kind === 'own') return { certificate: tls.certificate, key: tls.key }
    const wanted = [...(host === '' ? [] : [host]), ...tls.names]
    const there = await this.certificate(client).catch(() => null)
    // One that clients trust already is kept as long as it will do.
    const fits =
      there !== null &&
      there.expires > Date.now() &&
      wanted.every((name) => there.names.some((one) => sameName(one, name)))
    if (!fits) await makeCertificate(client, this.tlsFolder(), namesFor(host, tls.names))
    return { certificate: this.madeCertificate(), key: join(this.tlsFolder(), 'tls.key') }
  }

  /** Throws where it cannot be read; null over plain http. */
  private async certificate(client: DockerClient): Promise<CertificateInfo | null> {
    const { tls } = this.kept.settings
    if (tls.kind === 'none') return null
    return readCertificate(client, tls.kind === 'own' ? tls.certificate : this.madeCertificate())
  }

  private async users(client: DockerClient): Promise<string[]> {
    return (await registryUsers(client, this.passwords())).filter((name) => name !== APP_USER)
  }

  private address(): string | null {
    const { host, port } = this.kept.settings
    return this.url === null ? null : addressOf(host, port)
  }

  private forget(): void {
    const address = this.address()
    if (address !== null) this.with_.credentials.takeBack(address)
    this.url = null
    this.signedIn = false
    this.error = null
  }

  private root(): string {
    return this.kept.settings.folder || join(this.home, 'registry')
  }

  private passwords(): string {
    return join(this.home, 'registry-server', 'users')
  }

  private tlsFolder(): string {
    return join(this.home, 'registry-server', 'tls')
  }

  private madeCertificate(): string {
    return join(this.tlsFolder(), 'tls.crt')
  }

  private client(): Promise<DockerClient> {
    return this.with_.engines.bundled()
  }

  private async keep(kept: z.output<typeof schema>): Promise<void> {
    await this.file.write(kept)
    this.kept = kept
  }

  private async change(work: () => Promise<void>): Promise<RegistryServerView> {
    await this.inTurn(async () => {
      try {
        await work()
      } finally {
        await this.tell()
      }
    })
    return this.view()
  }

  private async tell(): Promise<void> {
    await this.with_.onChange()
    this.with_.events.emit('registries.changed', {})
  }

  private inTurn(work: () => Promise<void>): Promise<void> {
    const next = this.last.then(work)
    this.last = next.catch(() => undefined)
    return next
  }
}
