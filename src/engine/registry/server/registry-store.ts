/**
 * What the registry keeps, under a root of its own: the blobs (src/engine/blob), the log of records
 * that says what can be seen in which repository, and the uploads under way.
 *
 *   lock, ingest/, blobs/   as in the engine's root (src/engine/blob/paths.ts); manifests are blobs, too
 *   registry.log            record-log.ts
 *   uploads/                uploads.ts
 *
 * Order of writing: the blob, synced and under its name, then its record, synced, then the answer.
 * So a crash leaves at worst a blob that no repository shows, which the garbage collector removes.
 */
import { join } from 'node:path'
import { LaminaError } from '@shared/errors'
import type { BlobStore, Lease } from '../../blob/blob-store'
import { DiskBlobStore } from '../../blob/disk-blob-store'
import { rootPaths } from '../../blob/paths'
import { lockRoot, type RootLock } from '../../blob/root-lock'
import { digestAlgorithm, digestOf, isDigest, type Digest } from '../../oci/digest'
import { BodyCache, MAX_CACHED_BODY } from './body-cache'
import { Fault } from './faults'
import { collectGarbage, type CollectOptions, type CollectReport } from './garbage'
import { manifestFacts, type ManifestFacts } from './manifest-facts'
import { RecordLog } from './record-log'
import type { RegistryRecord } from './records'
import { Repositories } from './repositories'
import type { BlobLink, ManifestEntry, Repository } from './repository'
import { Underway } from './underway'
import type { Upload } from './upload'
import { Uploads } from './uploads'

/** Throws when the change may not be made to what is there now (null: nothing). */
export type Check = (current: Digest | null) => void

const keyOf = (repository: string, reference: string) => `${repository}:${reference}`

export class RegistryStore {
  readonly repositories: Repositories
  readonly blobs: BlobStore
  readonly uploads: Uploads
  readonly root: string
  readonly #log: RecordLog
  readonly #lock: RootLock
  readonly #bodies = new BodyCache()
  /** Tags that are on their way to the disk. */
  readonly #moves = new Underway()
  #collecting: Promise<CollectReport> | null = null

  /**
   * Opens or begins the registry in this folder. `onLoss` hears of what an earlier crash or a damaged
   * disk has taken.
   * @throws LaminaError root_locked, and those of the disk
   */
  static async open(
    root: string,
    onLoss: (message: string) => void = () => undefined,
  ): Promise<RegistryStore> {
    const paths = rootPaths(root)
    const lock = await lockRoot(paths)
    try {
      const blobs = await DiskBlobStore.open(paths)
      const repositories = new Repositories()
      const place = { path: join(root, 'registry.log'), ingest: paths.ingest }
      const { log, damaged } = await RecordLog.open(place, repositories)
      if (damaged > 0) onLoss(`${damaged} records of ${place.path} were torn or damaged`)
      const uploads = await Uploads.open(join(root, 'uploads'))
      const store = new RegistryStore({ root, blobs, repositories, log, lock, uploads })
      const lost = await store.#dropMissing()
      if (lost > 0) onLoss(`${lost} blobs of ${paths.blobs} are gone`)
      return store
    } catch (error) {
      await lock.release()
      throw error
    }
  }

  private constructor(parts: {
    root: string
    blobs: BlobStore
    repositories: Repositories
    log: RecordLog
    lock: RootLock
    uploads: Uploads
  }) {
    this.root = parts.root
    this.blobs = parts.blobs
    this.repositories = parts.repositories
    this.uploads = parts.uploads
    this.#log = parts.log
    this.#lock = parts.lock
  }

  /** A blob that can be seen in this repository; to ask for it keeps it from the collector. */
  blob(repository: string, digest: Digest): BlobLink | undefined {
    const link = this.repositories.get(repository)?.blobs.get(digest)
    if (link) link.used = Date.now()
    return link
  }

  /** The bytes of a small blob, from memory where they are; undefined: it has to be streamed. */
  async smallBody(digest: Digest, size: number): Promise<Buffer | undefined> {
    if (size > MAX_CACHED_BODY) return undefined
    return this.cached(digest) ?? (await this.body(digest))
  }

  cached(digest: Digest): Buffer | undefined {
    return this.#bodies.get(digest)
  }

  /** The bytes of a manifest. Throws LaminaError not_found, store_damaged. */
  async body(digest: Digest): Promise<Buffer> {
    const body = this.#bodies.get(digest) ?? (await this.blobs.read(digest))
    this.#bodies.set(digest, body)
    return body
  }

  /**
   * Ends an upload as a blob of its repository; durable when the promise is fulfilled. The upload is
   * gone either way.
   * @throws Fault DIGEST_INVALID
   */
  async finishUpload(upload: Upload, digest: Digest): Promise<void> {
    const lease = this.blobs.lease()
    try {
      lease.add(digest)
      const whole = upload.whole
      const size = upload.size
      if (whole) {
        const found = digestOf(whole, digestAlgorithm(digest))
        if (found !== digest) throw new LaminaError('digest_mismatch', {}, { cause: found })
        await this.#keep(whole, digest, lease)
      } else {
        const found = await upload.finish(digestAlgorithm(digest))
        if (found !== digest) throw new LaminaError('digest_mismatch', {}, { cause: found })
        await this.blobs.adopt(upload.path, digest, { lease, verify: false, move: true })
      }
      await this.#link(upload.repository, digest, size)
    } catch (error) {
      if (!(error instanceof LaminaError) || error.code !== 'digest_mismatch') throw error
      throw new Fault('DIGEST_INVALID', { detail: { digest, reason: 'the content has another' } })
    } finally {
      lease.release()
      await this.uploads.remove(upload)
    }
  }

  /** Shows a blob of `from` (null: of any repository) in another one, too; false: it is not there. */
  async mount(repository: string, digest: Digest, from: string | null): Promise<boolean> {
    const holder = from === null ? this.repositories.holder(digest) : this.repositories.get(from)
    const link = holder?.blobs.get(digest)
    if (!link) return false
    const lease = this.blobs.lease()
    try {
      lease.add(digest)
      await this.#link(repository, digest, link.size)
    } finally {
      lease.release()
    }
    return true
  }

  /**
   * Takes a blob's file in, by a hard link where it lies on the same file system: for copies from the
   * bundled store, whose own file this may be.
   * @throws LaminaError digest_mismatch, not_found, and those of the disk
   */
  async adopt(
    repository: string,
    path: string,
    digest: Digest,
    options: { verify?: boolean } = {},
  ): Promise<{ linked: boolean; size: number }> {
    const lease = this.blobs.lease()
    try {
      const { linked, size } = await this.blobs.adopt(path, digest, { ...options, lease })
      await this.#link(repository, digest, size)
      return { linked, size }
    } finally {
      lease.release()
    }
  }

  /**
   * Keeps a manifest byte for byte under its digest, and under `reference` when that is a tag, or
   * under all of `tags` when that is a digest. `check` is told what `reference` leads to, with no
   * other change between that and this one; what it throws is thrown.
   * @throws Fault MANIFEST_INVALID, MANIFEST_BLOB_UNKNOWN, DIGEST_INVALID
   */
  async putManifest(
    repository: string,
    reference: string,
    bytes: Buffer,
    contentType: string | undefined,
    { tags = [], check }: { tags?: readonly string[]; check?: Check | undefined } = {},
  ): Promise<{ digest: Digest; subject: Digest | null }> {
    const facts = manifestFacts(bytes, contentType)
    const expected = isDigest(reference) ? reference : null
    const digest = digestOf(bytes, expected ? digestAlgorithm(expected) : 'sha256')
    if (expected !== null && expected !== digest) {
      throw new Fault('DIGEST_INVALID', { detail: { digest: expected, found: digest } })
    }
    const lease = this.blobs.lease()
    try {
      // Held until the record is in memory: the collector cannot see sooner what they are for.
      for (const part of [...facts.blobs, ...facts.manifests]) lease.add(part)
      this.#checkParts(this.repositories.get(repository), facts)
      await this.#keep(bytes, digest, lease)
      const size = bytes.length
      const names = expected === null ? [reference] : tags
      const [first, ...more] = names
      const tag = first === undefined ? {} : { tag: first }
      await this.#when(check, repository, reference, () => {
        // Given at once, they are written at once.
        const written = Promise.all([
          this.#log.append({ op: 'manifest', repository, digest, size, ...facts.kept, ...tag }),
          ...more.map((name) => this.#log.append({ op: 'tag', repository, tag: name, digest })),
        ])
        const keys = names.map((name) => keyOf(repository, name))
        return this.#moves.during(keys, written)
      })
      this.#bodies.set(digest, bytes)
    } finally {
      lease.release()
    }
    return { digest, subject: facts.kept.subject ?? null }
  }

  /** False: there is no such thing. Gone at once, and durably so when the promise is fulfilled. */
  async remove(
    record: RegistryRecord & { op: 'untag' | 'unmanifest' | 'unblob' },
    check?: Check,
  ): Promise<boolean> {
    const reference = record.op === 'untag' ? record.tag : record.digest
    return this.#when(check, record.repository, reference, async () => {
      const repository = this.repositories.get(record.repository)
      const there =
        record.op === 'untag'
          ? repository?.tags.has(record.tag)
          : record.op === 'unblob'
            ? repository?.blobs.has(record.digest)
            : repository?.manifests.has(record.digest)
      if (!there) return false
      // Out of sight first: nothing may be built on it while the record is on its way.
      this.repositories.apply(record)
      await this.#log.append(record)
      return true
    })
  }

  /** Removes what nothing refers to; safe beside any other work. One run at a time. */
  collect(options: CollectOptions = {}): Promise<CollectReport> {
    this.#collecting ??= collectGarbage(this, options).finally(() => (this.#collecting = null))
    return this.#collecting
  }

  /** Until every record that was given before is on the disk. */
  settled(): Promise<void> {
    return this.#log.settled()
  }

  /** Takes a blob away that no repository shows. */
  async forget(digest: Digest): Promise<boolean> {
    this.#bodies.delete(digest)
    return this.blobs.delete(digest)
  }

  async close(): Promise<void> {
    await this.#collecting?.catch(() => undefined)
    await this.uploads.close()
    await this.#log.close()
    await this.#lock.release()
  }

  /**
   * Makes a change to which `check` has no objection. There is no await between them: no other change
   * of what the reference leads to comes between, and none is on its way to the disk.
   */
  async #when<T>(
    check: Check | undefined,
    repository: string,
    reference: string,
    change: () => Promise<T>,
  ): Promise<T> {
    if (check) {
      const key = keyOf(repository, reference)
      for (let other; (other = this.#moves.of(key));) await other
      check(this.repositories.get(repository)?.find(reference)?.digest ?? null)
    }
    return change()
  }

  /** Writes a small blob whose digest has been computed, unless it is there. */
  async #keep(bytes: Buffer, digest: Digest, lease: Lease): Promise<void> {
    lease.add(digest)
    // What is linked is on the disk, and what is leased stays there.
    if (!this.repositories.isLinked(digest))
      await this.blobs.put(bytes, { expected: { digest }, lease })
  }

  async #link(repository: string, digest: Digest, size: number): Promise<void> {
    const known = this.repositories.get(repository)?.blobs.get(digest)
    if (known) known.used = Date.now()
    else await this.#log.append({ op: 'blob', repository, digest, size })
  }

  /** Every part of a manifest has to be in its repository (spec, "Pushing Manifests"). */
  #checkParts(repository: Repository | undefined, { blobs, manifests }: ManifestFacts): void {
    const missing: Digest[] = []
    const use = (found: BlobLink | ManifestEntry | undefined, digest: Digest) => {
      if (found) found.used = Date.now()
      else missing.push(digest)
    }
    for (const digest of blobs) use(repository?.blobs.get(digest), digest)
    for (const digest of manifests)
      use(repository?.manifests.get(digest) ?? repository?.blobs.get(digest), digest)
    if (missing.length === 0) return
    throw Fault.each(
      'MANIFEST_BLOB_UNKNOWN',
      missing.map((digest) => ({ digest })),
    )
  }

  /** Forgets what has a record but no file. Answers with the number of blobs. */
  async #dropMissing(): Promise<number> {
    const there = new Set<Digest>()
    for await (const digest of this.blobs.digests()) there.add(digest)
    const gone = new Map<Digest, (RegistryRecord & { op: 'unmanifest' | 'unblob' })[]>()
    for (const { name: repository, blobs, manifests } of this.repositories.all()) {
      const miss = (digest: Digest, op: 'unmanifest' | 'unblob') =>
        there.has(digest) ||
        gone.set(digest, [...(gone.get(digest) ?? []), { op, repository, digest }])
      for (const digest of blobs.keys()) miss(digest, 'unblob')
      for (const digest of manifests.keys()) miss(digest, 'unmanifest')
    }
    for (const records of gone.values())
      await Promise.all(records.map((record) => this.remove(record)))
    return gone.size
  }
}
