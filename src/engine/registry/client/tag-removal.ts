/**
 * Tags of one digest, and their removal. Some registries delete a tag (distribution spec, "end-9"),
 * others (docker-registry 2) only a manifest, and all of its tags with it.
 */
import { LaminaError } from '@shared/errors'
import { digestOf, type Digest } from '../../oci/digest'
import { parseIndex, type Descriptor } from '../../oci/manifest'
import { isIndexType, OCI_CONFIG, OCI_MANIFEST } from '../../oci/media-types'
import { AnswerError } from './answers'
import { headBlob } from './blobs'
import { listTags } from './discovery'
import {
  deleteManifest,
  getManifest,
  headManifest,
  putManifest,
  type RemoteManifest,
} from './manifests'
import { registryError } from './registry-error'
import type { Session } from './session'
import { uploadBlob } from './upload'

/** Questions at the same time. */
const WIDTH = 6

/** Indexes of indexes are followed so deep, and so many of them below one tag. */
const MAX_LEVELS = 4
const MAX_INDEXES = 100

/** Answers of a registry that deletes no tags, but may delete manifests. */
const NO_TAG_DELETE = new Set([400, 404, 405])

export interface TagRemoval {
  digest: Digest
  /** `tag`: it alone; `manifest`: the manifest with every tag; `moved`: it alone, by a detour. */
  how: 'tag' | 'manifest' | 'moved'
  /** Every tag that is gone now. */
  removed: string[]
}

/** What each of these tags stands for, by HEAD (no pull is counted); null where there is none. */
export async function digestsOfTags(
  session: Session,
  repository: string,
  tags: readonly string[],
  signal?: AbortSignal,
): Promise<Map<string, Digest | null>> {
  const digests = new Map<string, Digest | null>()
  await forEachTag(tags, async (tag) => {
    const head = await headManifest(session, repository, tag, signal)
    digests.set(tag, head?.digest ?? null)
  })
  return digests
}

/** What in a repository has to do with a digest. */
export interface Namesakes {
  /** Tags that stand for it, sorted. */
  tags: string[]
  /**
   * Tags of indexes that name it as one of theirs, themselves or through indexes below them: without it
   * they are broken. One that goes too deep to be told of is taken for one of them.
   */
  indexes: string[]
}

/** Asks for every tag of the repository, and reads its indexes. Errors: `manifest_unknown`. */
export async function namesakesOf(
  session: Session,
  repository: string,
  digest: Digest,
  signal?: AbortSignal,
): Promise<Namesakes> {
  const all = await listTags(session, repository, signal)
  const found: Namesakes = { tags: [], indexes: [] }
  const indexes = new IndexReader(session, repository, signal)
  /** By the digest of the index at the top. */
  const named = new Map<string, Promise<boolean>>()
  await forEachTag(all, async (tag) => {
    const head = await headManifest(session, repository, tag, signal)
    if (!head?.digest) return
    if (head.digest === digest) found.tags.push(tag)
    else if (head.mediaType !== null && isIndexType(head.mediaType)) {
      const known = named.get(head.digest) ?? indexes.lead(head.digest, digest)
      named.set(head.digest, known)
      if (await known) found.indexes.push(tag)
    }
  })
  return { tags: found.tags.sort(), indexes: found.indexes.sort() }
}

/** Reads indexes of one repository, each once. */
class IndexReader {
  private readonly read = new Map<Digest, Promise<readonly Descriptor[]>>()

  constructor(
    private readonly session: Session,
    private readonly repository: string,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** Whether an index names `digest`, or one below it does. Errors: `manifest_unknown` of `top`. */
  async lead(top: Digest, digest: Digest): Promise<boolean> {
    let level = await this.entries(top)
    let left = MAX_INDEXES
    for (let depth = 1; level.length > 0; depth++) {
      if (level.some((entry) => entry.digest === digest)) return true
      const below = new Set(level.filter((one) => isIndexType(one.mediaType)).map((o) => o.digest))
      left -= below.size
      if (below.size > 0 && (depth === MAX_LEVELS || left < 0)) return true
      const found: Descriptor[] = []
      for (const index of below) found.push(...(await this.entriesIfThere(index)))
      level = found
    }
    return false
  }

  /** An index that is broken already names nothing where it is broken. */
  private async entriesIfThere(index: Digest): Promise<readonly Descriptor[]> {
    try {
      return await this.entries(index)
    } catch (error) {
      if (error instanceof LaminaError && error.code === 'manifest_unknown') return []
      throw error
    }
  }

  private entries(index: Digest): Promise<readonly Descriptor[]> {
    const known = this.read.get(index) ?? this.fetch(index)
    this.read.set(index, known)
    return known
  }

  private async fetch(index: Digest): Promise<readonly Descriptor[]> {
    const { session, repository, signal } = this
    const { bytes } = await getManifest(session, repository, index, signal)
    return parseIndex(bytes, `${session.endpoint.address}/${repository}`).manifests
  }
}

async function forEachTag(
  tags: readonly string[],
  work: (tag: string) => Promise<void>,
): Promise<void> {
  const waiting = tags.values()
  const worker = async () => {
    for (const tag of waiting) await work(tag)
  }
  await Promise.all(Array.from({ length: WIDTH }, worker))
}

export interface RemovalOptions {
  siblings: 'keep' | 'remove'
  /** What the tag stood for when somebody decided; undefined: whatever it stands for now. */
  expected?: string | undefined
  signal?: AbortSignal | undefined
}

/**
 * Deletes one tag, or (`siblings: 'remove'`) every tag of its digest; where nothing needs the image any
 * more, with its manifest. Where the registry deletes only manifests, a tag that has to go alone is
 * first moved to a manifest of its own, so that other tags and indexes stay whole.
 * Errors: `manifest_unknown`, `changed_meanwhile`, `registry_denied`, `registry_delete_refused`.
 */
export async function deleteTag(
  session: Session,
  repository: string,
  tag: string,
  { siblings, expected, signal }: RemovalOptions,
): Promise<TagRemoval> {
  const digest = (await headManifest(session, repository, tag, signal))?.digest
  const reference = `${repository}:${tag}`
  if (!digest) {
    throw registryError('manifest_unknown', { address: session.endpoint.address, reference })
  }
  if (expected !== undefined && expected !== digest) {
    throw registryError('changed_meanwhile', { name: reference })
  }
  const { tags: all, indexes } = await namesakesOf(session, repository, digest, signal)
  const removed = siblings === 'remove' ? all : [tag]
  if (indexes.length === 0 && removed.length === all.length) {
    await deleteByDigest(session, repository, digest, signal)
    return { digest, how: 'manifest', removed }
  }
  let how: TagRemoval['how'] = 'tag'
  for (const name of removed) {
    if (await deletedAlone(session, repository, name, signal)) continue
    how = 'moved'
    await deleteByDetour(session, repository, name, digest, signal)
  }
  return { digest, how, removed }
}

/**
 * Gives the tag to an empty manifest and deletes that one. Whether the registry deletes at all is
 * tried before the tag is touched; where it stops in the middle the tag is put back.
 */
async function deleteByDetour(
  session: Session,
  repository: string,
  tag: string,
  digest: Digest,
  signal: AbortSignal | undefined,
): Promise<void> {
  const kept = await getManifest(session, repository, digest, signal)
  const empty = await emptyManifest(session, repository, tag, signal)
  await putManifest(session, repository, empty.digest, empty, signal)
  await deleteByDigest(session, repository, empty.digest, signal)
  await putManifest(session, repository, tag, empty, signal)
  try {
    await deleteByDigest(session, repository, empty.digest, signal)
  } catch (error) {
    await putManifest(session, repository, tag, kept)
    throw error
  }
}

/** Whether the registry deleted the tag itself. */
async function deletedAlone(
  session: Session,
  repository: string,
  tag: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    await deleteManifest(session, repository, tag, signal)
    return true
  } catch (error) {
    const cause = error instanceof LaminaError ? error.cause : null
    if (cause instanceof AnswerError && NO_TAG_DELETE.has(cause.status)) return false
    throw error
  }
}

async function deleteByDigest(
  session: Session,
  repository: string,
  digest: Digest,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    await deleteManifest(session, repository, digest, signal)
  } catch (error) {
    const cause = error instanceof LaminaError ? error.cause : null
    if (!(cause instanceof AnswerError) || ![400, 405].includes(cause.status)) throw error
    const { address } = session.endpoint
    throw registryError('registry_delete_refused', { address, message: cause.message }, { cause })
  }
}

/** An image without layers that nothing else has; its config is there afterwards. */
async function emptyManifest(
  session: Session,
  repository: string,
  tag: string,
  signal: AbortSignal | undefined,
): Promise<RemoteManifest> {
  const config = Buffer.from(
    JSON.stringify({
      architecture: 'unknown',
      os: 'unknown',
      config: {
        Labels: { 'lamina.deleted-tag': tag, 'lamina.deleted-at': new Date().toISOString() },
      },
      rootfs: { type: 'layers', diff_ids: [] },
    }),
  )
  const digest = digestOf(config)
  if (!(await headBlob(session, repository, digest, { toPush: true, signal }))) {
    const open = async ({ start }: { start: number }) => bytesFrom(config, start)
    await uploadBlob(session, repository, { digest, size: config.length, open }, { signal })
  }
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: { mediaType: OCI_CONFIG, digest, size: config.length },
    layers: [],
  }
  const bytes = Buffer.from(JSON.stringify(manifest))
  return { mediaType: OCI_MANIFEST, digest: digestOf(bytes), bytes }
}

async function* bytesFrom(bytes: Buffer, start: number) {
  yield bytes.subarray(start)
}
