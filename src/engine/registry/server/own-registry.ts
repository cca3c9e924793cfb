/**
 * The registry inside the engine's process: started and ended while the engine runs, on a folder of
 * its own. What it keeps on the same file system is linked to and from the bundled store.
 */
import { networkInterfaces } from 'node:os'
import { LaminaError } from '@shared/errors'
import type { OwnRegistryOptions, OwnRegistryState } from '@shared/registry-server'
import { errno } from '../../blob/disk'
import type { Digest } from '../../oci/digest'
import type { CollectOptions, CollectReport } from './garbage'
import { readTlsPair } from './certificate'
import { isLoopback } from './listen-address'
import { startRegistryServer, type RegistryServer } from './server'

interface Running {
  server: RegistryServer
  options: OwnRegistryOptions
  /** PEM, of https. */
  certificate: string | null
}

export class OwnRegistry {
  #running: Running | null = null
  /** Starts and ends come one after the other. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(private readonly log: (line: string) => void = () => undefined) {}

  /**
   * Starts it, or ends it and starts it with other options.
   * @throws LaminaError registry_port_taken, registry_address_absent, registry_folder_taken,
   *   registry_needs_users, those of the certificate, of the password file and of the disk; then it
   *   does not run
   */
  start(options: OwnRegistryOptions): Promise<void> {
    return this.#inTurn(async () => {
      await this.#end()
      this.#running = await this.#begin(options)
    })
  }

  /** Lets requests end. Harmless when it does not run. */
  stop(): Promise<void> {
    return this.#inTurn(() => this.#end())
  }

  async state(): Promise<OwnRegistryState> {
    if (!this.#running) return { running: null }
    const { server, options } = this.#running
    const { repositories, blobs } = server.store
    let count = 0
    let tags = 0
    for (const repository of repositories.all()) {
      count++
      tags += repository.tags.size
    }
    let stored = 0
    for await (const { size } of blobs.list()) stored += size
    const { url, port } = server
    return { running: { url, port, root: options.root, repositories: count, tags, stored } }
  }

  /** @throws LaminaError not_found when it does not run */
  collect(options: CollectOptions): Promise<CollectReport> {
    if (!this.#running) throw new LaminaError('not_found', { name: 'registry' })
    return this.#running.server.store.collect(options)
  }

  /** Whether a reference's domain (`127.0.0.1:5000`) leads here. */
  serves(domain: string): boolean {
    if (!this.#running) return false
    const { server, options } = this.#running
    const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(domain)
    if (!match || Number(match[3]) !== server.port) return false
    const host = (match[1] ?? match[2] ?? '').toLowerCase()
    if (host === options.host.toLowerCase()) return true
    return options.host === '' && (isLoopback(host) || ownAddresses().includes(host))
  }

  /** What to trust when this domain is asked: its own certificate. */
  authorities(domain: string): string[] {
    const certificate = this.serves(domain) ? this.#running?.certificate : null
    return certificate ? [certificate] : []
  }

  /**
   * Takes a file in as a blob of a repository, linked where that can be; false: it does not, and the
   * blob is to be pushed. The bytes are read and checked.
   */
  async adopt(repository: string, path: string, digest: Digest): Promise<boolean> {
    const { server, options } = this.#running ?? {}
    if (!server || options?.readOnly) return false
    try {
      return (await server.store.adopt(repository, path, digest)).linked
    } catch (error) {
      if (error instanceof LaminaError && error.code === 'not_found') return false
      throw error
    }
  }

  /** Where a blob of a repository lies, or null. */
  path(repository: string, digest: Digest): string | null {
    const store = this.#running?.server.store
    const there = store?.repositories.get(repository)?.blobs.has(digest)
    return store && there ? store.blobs.path(digest) : null
  }

  async #begin(options: OwnRegistryOptions): Promise<Running> {
    const { root, host, port, htpasswd, readOnly } = options
    const address = `${host || '*'}:${port}`
    if (!isLoopback(host) && htpasswd === null) {
      throw new LaminaError('registry_needs_users', { address })
    }
    const tls = options.tls && (await readTlsPair(options.tls))
    try {
      const server = await startRegistryServer({
        ...{ root, htpasswd, tls, readOnly, log: this.log },
        address: { host, port },
      })
      return { server, options, certificate: tls?.certificate ?? null }
    } catch (error) {
      throw explained(error, options)
    }
  }

  async #end(): Promise<void> {
    const running = this.#running
    this.#running = null
    await running?.server.close()
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#last.then(work)
    this.#last = next.catch(() => undefined)
    return next
  }
}

/** What the process says of its options, in words for whoever has a form before them. */
function explained(error: unknown, { host, port, root }: OwnRegistryOptions): unknown {
  if (!(error instanceof LaminaError)) return error
  const options = { cause: error.cause }
  if (error.code === 'port_in_use') {
    return new LaminaError('registry_port_taken', { port: String(port) }, options)
  }
  if (error.code === 'root_locked') {
    return new LaminaError('registry_folder_taken', { path: root }, options)
  }
  if (['EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN'].includes(errno(error.cause) ?? '')) {
    return new LaminaError('registry_address_absent', { address: host }, options)
  }
  return error
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((list) =>
    (list ?? []).map(({ address }) => address.toLowerCase()),
  )
}
