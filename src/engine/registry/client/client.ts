/** A registry, as the rest of the engine uses it. */
import { LaminaError } from '@shared/errors'
import type { Digest } from '../../oci/digest'
import { headBlob, readBlob, type ReadBlobOptions } from './blobs'
import type { Credentials } from './credentials'
import { listRepositories, listTags, type CatalogPage } from './discovery'
import type { Endpoint } from './endpoint'
import {
  deleteManifest,
  getManifest,
  headManifest,
  putManifest,
  type ManifestHead,
  type RemoteManifest,
} from './manifests'
import { ping, signIn, type Ping } from './ping'
import type { RateLimit } from './rate-limit'
import { Session, type SessionOptions } from './session'
import {
  deleteTag,
  digestsOfTags,
  namesakesOf,
  type Namesakes,
  type RemovalOptions,
  type TagRemoval,
} from './tag-removal'
import {
  mountBlob,
  uploadBlob,
  type UploadOptions,
  type UploadOutcome,
  type UploadSource,
} from './upload'

export interface Probe extends Ping {
  /** Whether the given user and password were accepted; null without them or without need. */
  signedIn: boolean | null
  /** Whether `_catalog` may be read. */
  catalog: boolean
}

/**
 * One registry with one user. Every call takes an AbortSignal and ends in a value or a LaminaError;
 * `close` it when done.
 */
export class RegistryClient {
  private readonly session: Session
  private readonly hasCredentials: boolean

  constructor(
    readonly endpoint: Endpoint,
    options: SessionOptions & { credentials?: Credentials | null } = {},
  ) {
    this.session = new Session(endpoint, options)
    this.hasCredentials = !!options.credentials
  }

  /** What the registry's bearer challenge names as its service; null before one was met. */
  get service(): string | null {
    return this.session.authorizer.service
  }

  /** Whether a registry answers there, and what it wants; no credentials are sent. */
  ping(signal?: AbortSignal): Promise<Ping> {
    return ping(this.session, signal)
  }

  /** `docker login`. Throws `registry_unauthorized` where user or password are refused. */
  signIn(signal?: AbortSignal): Promise<void> {
    return signIn(this.session, signal)
  }

  async probe(signal?: AbortSignal): Promise<Probe> {
    const { auth } = await this.ping(signal)
    const signedIn =
      this.hasCredentials && auth !== 'none' ? await this.accepted(signIn, signal) : null
    const catalog =
      signedIn !== false &&
      (await this.accepted(() => this.repositories({ after: null, limit: 1, signal }), signal))
    return { auth, signedIn, catalog }
  }

  repositories(page: {
    after: string | null
    limit: number
    signal?: AbortSignal | undefined
  }): Promise<CatalogPage> {
    return listRepositories(this.session, page)
  }

  tags(repository: string, signal?: AbortSignal): Promise<string[]> {
    return listTags(this.session, repository, signal)
  }

  getManifest(
    repository: string,
    reference: string,
    signal?: AbortSignal,
  ): Promise<RemoteManifest> {
    return getManifest(this.session, repository, reference, signal)
  }

  headManifest(
    repository: string,
    reference: string,
    signal?: AbortSignal,
  ): Promise<ManifestHead | null> {
    return headManifest(this.session, repository, reference, signal)
  }

  putManifest(
    repository: string,
    reference: string,
    manifest: { mediaType: string; bytes: Buffer },
    signal?: AbortSignal,
  ): Promise<Digest> {
    return putManifest(this.session, repository, reference, manifest, signal)
  }

  deleteManifest(repository: string, reference: string, signal?: AbortSignal): Promise<void> {
    return deleteManifest(this.session, repository, reference, signal)
  }

  /** What tags stand for; null for one that is not there. */
  digestsOfTags(
    repository: string,
    tags: readonly string[],
    signal?: AbortSignal,
  ): Promise<Map<string, Digest | null>> {
    return digestsOfTags(this.session, repository, tags, signal)
  }

  /** Every tag of a repository that stands for a digest, and every index that names it. */
  namesakesOf(repository: string, digest: Digest, signal?: AbortSignal): Promise<Namesakes> {
    return namesakesOf(this.session, repository, digest, signal)
  }

  /** Deletes a tag; what happens to others of the same digest: see tag-removal.ts. */
  deleteTag(repository: string, tag: string, options: RemovalOptions): Promise<TagRemoval> {
    return deleteTag(this.session, repository, tag, options)
  }

  /** What the registry last said of its rate limit; null where it never did. */
  get rateLimit(): RateLimit | null {
    return this.session.rateLimit
  }

  headBlob(
    repository: string,
    digest: Digest,
    options: { toPush?: boolean; signal?: AbortSignal | undefined } = {},
  ): Promise<{ size: number | null } | null> {
    return headBlob(this.session, repository, digest, options)
  }

  readBlob(
    repository: string,
    digest: Digest,
    options: ReadBlobOptions = {},
  ): AsyncGenerator<Buffer, void, undefined> {
    return readBlob(this.session, repository, digest, options)
  }

  uploadBlob(
    repository: string,
    source: UploadSource,
    options: UploadOptions = {},
  ): Promise<UploadOutcome> {
    return uploadBlob(this.session, repository, source, options)
  }

  /** Takes a blob over from another repository of this registry; whether that was possible. */
  mountBlob(
    repository: string,
    digest: Digest,
    from: string,
    signal?: AbortSignal,
  ): Promise<boolean> {
    return mountBlob(this.session, repository, digest, from, signal)
  }

  close(): Promise<void> {
    return this.session.close()
  }

  private async accepted(
    attempt: (session: Session, signal?: AbortSignal) => Promise<unknown>,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    try {
      await attempt(this.session, signal)
      return true
    } catch (error) {
      if (error instanceof LaminaError && REFUSALS.has(error.code)) return false
      throw error
    }
  }
}

const REFUSALS = new Set<string>([
  'registry_unauthorized',
  'registry_login_required',
  'registry_login_expired',
  'registry_denied',
  'registry_catalog_refused',
])
