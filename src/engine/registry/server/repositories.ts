/** All repositories in memory, as the log of records tells them, and how often each blob is used. */
import type { Digest } from '../../oci/digest'
import type { RegistryRecord } from './records'
import { Repository } from './repository'
import { SortedNames } from './sorted-names'

export class Repositories {
  /** The names of those that hold anything. */
  readonly names = new SortedNames()
  readonly #repositories = new Map<string, Repository>()
  /** In how many places (repository, as a blob or as a manifest) each digest is linked. */
  readonly #links = new Map<Digest, number>()
  /** A repository that has each blob, for mounts that do not say from where. */
  readonly #holders = new Map<Digest, Repository>()

  get(name: string): Repository | undefined {
    return this.#repositories.get(name)
  }

  all(): Iterable<Repository> {
    return this.#repositories.values()
  }

  isLinked(digest: Digest): boolean {
    return this.#links.has(digest)
  }

  /** A repository in which this blob can be seen. */
  holder(digest: Digest): Repository | null {
    const known = this.#holders.get(digest)
    if (known?.blobs.has(digest)) return known
    if (!this.#links.has(digest)) return null
    for (const repository of this.all()) if (repository.blobs.has(digest)) return repository
    return null
  }

  apply(record: RegistryRecord): void {
    if (record.op === 'blob' || record.op === 'manifest') this.#add(record)
    else this.#change(record)
  }

  *records(): Generator<RegistryRecord> {
    for (const repository of this.all()) yield* repository.records()
  }

  /** How many records `records` gives, about. */
  get weight(): number {
    let weight = 0
    for (const { blobs, manifests, tags } of this.all())
      weight += blobs.size + manifests.size + tags.size
    return weight
  }

  #add(record: RegistryRecord & { op: 'blob' | 'manifest' }): void {
    let repository = this.#repositories.get(record.repository)
    if (!repository) {
      repository = new Repository(record.repository)
      this.#repositories.set(record.repository, repository)
      this.names.add(record.repository)
    }
    const { digest } = record
    if (record.op === 'manifest') {
      if (repository.addManifest(record)) this.#link(digest, 1)
      return
    }
    if (!repository.blobs.has(digest)) this.#link(digest, 1)
    repository.blobs.set(digest, { size: record.size, used: Date.now() })
    this.#holders.set(digest, repository)
  }

  #change(record: Exclude<RegistryRecord, { op: 'blob' | 'manifest' }>): void {
    const repository = this.#repositories.get(record.repository)
    if (!repository) return
    if (record.op === 'tag') {
      if (repository.manifests.has(record.digest)) repository.setTag(record.tag, record.digest)
    } else if (record.op === 'untag') repository.removeTag(record.tag)
    else if (record.op === 'unblob') {
      if (repository.blobs.delete(record.digest)) this.#link(record.digest, -1)
      if (this.#holders.get(record.digest) === repository) this.#holders.delete(record.digest)
    } else if (repository.removeManifest(record.digest)) this.#link(record.digest, -1)
    if (!repository.isEmpty) return
    this.#repositories.delete(repository.name)
    this.names.delete(repository.name)
  }

  #link(digest: Digest, change: 1 | -1): void {
    const count = (this.#links.get(digest) ?? 0) + change
    if (count > 0) this.#links.set(digest, count)
    else this.#links.delete(digest)
  }
}
