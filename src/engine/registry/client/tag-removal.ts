/**
 * Tags of one digest, and their removal. Some registries delete a tag (distribution spec, "end-9"),
 * others (docker-registry 2) only a manifest, and all of its tags with it.
 */
import { LaminaError } from '@shared/errors'
import { digestOf, type Digest } from '../../oci/digest'
import { OCI_CONFIG, OCI_MANIFEST } from '../../oci/media-types'
import { AnswerError } from './answers'
import { headBlob } from './blobs'
import { listTags } from './discovery'
import { deleteManifest, headManifest, putManifest } from './manifests'
import { registryError } from './registry-error'
import type { Session } from './session'
import { uploadBlob } from './upload'

/** HEADs at the same time. */
const WIDTH = 6

/** Answers of a registry that deletes no tags, but may delete manifests. */
const NO_TAG_DELETE = new Set([400, 404, 405])

export interface TagRemoval {
  digest: Digest
  /** `tag`: it alone; `manifest`: the manifest with every tag; `moved`: it alone, by a detour. */
  how: 'tag' | 'manifest' | 'moved'
  /** Every tag that is gone now. */
  removed: string[]
}

/** All tags of a repository that stand for this digest, sorted. Errors: `manifest_unknown`. */
export async function tagsOfDigest(
  session: Session,
  repository: string,
  digest: Digest,
  signal?: AbortSignal,
): Promise<string[]> {
  const waiting = await listTags(session, repository, signal)
  const found: string[] = []
  const worker = async () => {
    for (let tag = waiting.shift(); tag !== undefined; tag = waiting.shift()) {
      const head = await headManifest(session, repository, tag, signal)
      if (head?.digest === digest) found.push(tag)
    }
  }
  await Promise.all(Array.from({ length: WIDTH }, worker))
  return found.sort()
}

/**
 * Deletes one tag. Where the registry deletes only manifests, `siblings: 'keep'` first moves the tag
 * to a manifest of its own, so that the other tags stay; `'remove'` deletes the manifest with all of
 * them. Errors: `manifest_unknown`, `registry_denied`, `registry_delete_refused`.
 */
export async function deleteTag(
  session: Session,
  repository: string,
  tag: string,
  { siblings, signal }: { siblings: 'keep' | 'remove'; signal?: AbortSignal | undefined },
): Promise<TagRemoval> {
  const digest = (await headManifest(session, repository, tag, signal))?.digest
  if (!digest) {
    const params = { address: session.endpoint.address, reference: `${repository}:${tag}` }
    throw registryError('manifest_unknown', params)
  }
  if (await deletedAlone(session, repository, tag, signal)) {
    return { digest, how: 'tag', removed: [tag] }
  }
  const all = await tagsOfDigest(session, repository, digest, signal)
  const alone = all.every((name) => name === tag)
  if (siblings === 'remove' || alone) {
    await deleteByDigest(session, repository, digest, signal)
    return { digest, how: 'manifest', removed: all }
  }
  const moved = await moveAway(session, repository, tag, signal)
  await deleteByDigest(session, repository, moved, signal)
  return { digest, how: 'moved', removed: [tag] }
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

/** Gives the tag to an empty image that nothing else has: its digest. */
async function moveAway(
  session: Session,
  repository: string,
  tag: string,
  signal: AbortSignal | undefined,
): Promise<Digest> {
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
  return putManifest(session, repository, tag, { mediaType: OCI_MANIFEST, bytes }, signal)
}

async function* bytesFrom(bytes: Buffer, start: number) {
  yield bytes.subarray(start)
}
