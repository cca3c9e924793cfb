/** One repository in memory: which blobs and manifests can be seen in it, and its tags. */
import type { Digest } from '../../oci/digest'
import type { ManifestRecord, RegistryRecord } from './records'
import { SortedNames } from './sorted-names'

export interface BlobLink {
  size: number
  /** When it was last pushed, mounted, asked for or referred to, ms: what is in use stays. */
  used: number
}

export type ManifestEntry = Omit<ManifestRecord, 'op' | 'repository' | 'tag'> & { used: number }

export class Repository {
  readonly blobs = new Map<Digest, BlobLink>()
  readonly manifests = new Map<Digest, ManifestEntry>()
  readonly tags = new Map<string, Digest>()
  readonly tagNames = new SortedNames()
  /** Subject to the manifests that refer to it. */
  readonly #referrers = new Map<Digest, Set<Digest>>()

  constructor(readonly name: string) {}

  get isEmpty(): boolean {
    return this.blobs.size === 0 && this.manifests.size === 0
  }

  /** The manifest of a tag or digest. */
  find(reference: string): ManifestEntry | undefined {
    return this.manifests.get(this.tags.get(reference) ?? (reference as Digest))
  }

  referrers(subject: Digest): ManifestEntry[] {
    const found = [...(this.#referrers.get(subject) ?? [])].map((by) => this.manifests.get(by))
    return found.filter((entry) => entry !== undefined)
  }

  tagsOf(digest: Digest): string[] {
    return [...this.tags].filter(([, tagged]) => tagged === digest).map(([name]) => name)
  }

  setTag(tag: string, digest: Digest): void {
    if (!this.tags.has(tag)) this.tagNames.add(tag)
    this.tags.set(tag, digest)
  }

  removeTag(tag: string): void {
    if (this.tags.delete(tag)) this.tagNames.delete(tag)
  }

  /** Answers whether it is new here. */
  addManifest({ op: _op, repository: _repository, tag, ...entry }: ManifestRecord): boolean {
    const isNew = !this.manifests.has(entry.digest)
    this.manifests.set(entry.digest, { ...entry, used: Date.now() })
    if (entry.subject) {
      const known = this.#referrers.get(entry.subject)
      if (known) known.add(entry.digest)
      else this.#referrers.set(entry.subject, new Set([entry.digest]))
    }
    if (tag !== undefined) this.setTag(tag, entry.digest)
    return isNew
  }

  /** Answers whether it was there. */
  removeManifest(digest: Digest): boolean {
    const entry = this.manifests.get(digest)
    if (!entry) return false
    this.manifests.delete(digest)
    if (entry.subject) this.#referrers.get(entry.subject)?.delete(digest)
    for (const tag of this.tagsOf(digest)) this.removeTag(tag)
    return true
  }

  /** All of it, as records that make it again. */
  *records(): Generator<RegistryRecord> {
    const repository = this.name
    for (const [digest, { size }] of this.blobs) yield { op: 'blob', repository, digest, size }
    for (const entry of this.manifests.values()) yield recordOf(repository, entry)
    for (const [tag, digest] of this.tags) yield { op: 'tag', repository, tag, digest }
  }
}

function recordOf(repository: string, entry: ManifestEntry): ManifestRecord {
  const record: ManifestRecord & { used?: number } = { op: 'manifest', repository, ...entry }
  delete record.used
  return record
}
