/**
 * Blob uploads: mounted, or opened, sent as one stream, and closed under the digest. A broken one
 * goes on where the registry says it stands, also in another process that knows its location.
 */
import type { Digest } from '../../oci/digest'
import { LaminaError } from '@shared/errors'
import { AnswerError } from './answers'
import { headBlob } from './blobs'
import { mayPass } from './exchange'
import { backoff, pause } from './retry'
import type { Session } from './session'
import { parseUrl } from './transport'
import {
  cancelUpload,
  closeUpload,
  openUpload,
  sendRest,
  uploadStatus,
  type OpenUpload,
} from './upload-requests'

/**
 * What is uploaded. `open` is called again with another start after a broken connection; a chunk of it
 * has to be valid until the second one after it is asked for.
 */
export interface UploadSource {
  digest: Digest
  size: number
  open(options: { start: number; signal?: AbortSignal | undefined }): Promise<AsyncIterable<Buffer>>
}

export interface UploadOptions {
  /** Another repository of this registry that may have the blob. */
  from?: string | null
  signal?: AbortSignal | undefined
  /** Bytes that have been handed to the connection so far. */
  onProgress?: (done: number) => void
  /** Where an upload of this blob was left open before. */
  resume?: string | null
  /**
   * Told where the upload is, to `resume` it another time; who is told does so, and an upload that
   * breaks or is cancelled stays open.
   */
  onLocation?: (location: string) => void
}

export type UploadOutcome = { how: 'mounted'; from: string } | { how: 'uploaded' }

/** Codes of an upload that cannot go on as it was, but anew. */
const LOST = new Set(['BLOB_UPLOAD_UNKNOWN', 'BLOB_UPLOAD_INVALID', 'RANGE_INVALID'])

/**
 * Puts a blob into a repository. It is tried again as long as that brings it further. Errors:
 * `registry_denied`, `registry_failed`, `digest_mismatch` where the registry received something
 * else, `registry_unreachable`, `cancelled`.
 */
export async function uploadBlob(
  session: Session,
  repository: string,
  source: UploadSource,
  options: UploadOptions = {},
): Promise<UploadOutcome> {
  const { from = null, signal, onLocation } = options
  const { digest, size } = source
  let upload = await begin(session, repository, source, options)
  if (upload === null) return { how: 'mounted', from: from ?? '' }
  let resumes = upload.offset > 0
  let reached = upload.offset
  for (let fruitless = 1; ; fruitless++) {
    const open: OpenUpload = { ...upload }
    onLocation?.(open.location.href)
    try {
      if (open.offset < size || size === 0) {
        open.location = await sendRest(session, repository, open, source, options)
        onLocation?.(open.location.href)
      }
      await closeUpload(session, repository, open.location, digest, signal)
      return { how: 'uploaded' }
    } catch (error) {
      // What was kept of an earlier try may be of other bytes: then everything is sent, once.
      const stale = resumes && isCode(error, 'digest_mismatch')
      const again = stale || mayPass(error) || isLost(error)
      if (!again || fruitless >= session.retry.attempts || signal?.aborted) {
        if (!onLocation || !(mayPass(error) || signal?.aborted)) {
          await cancelUpload(session, repository, open.location)
        }
        throw ofSource(error)
      }
      await pause(backoff(session.retry, fruitless), signal)
      // The answer to a PUT may have been lost after the registry took the blob.
      if (await isThere(session, repository, source, signal)) return { how: 'uploaded' }
      const kept = stale ? null : await uploadStatus(session, repository, open.location, signal)
      if (kept !== null && kept.offset <= size) {
        upload = kept
        resumes ||= kept.offset > 0
        if (kept.offset > reached) fruitless = 0
        reached = Math.max(reached, kept.offset)
      } else {
        const location = await openUpload(session, repository, null, signal)
        upload = { location: location ?? open.location, offset: 0 }
        resumes = false
      }
    }
  }
}

/**
 * Takes a blob over from another repository of the registry; false where that one has not got it, or
 * may not be read, or the registry mounts nothing.
 */
export async function mountBlob(
  session: Session,
  repository: string,
  digest: Digest,
  from: string,
  signal?: AbortSignal,
): Promise<boolean> {
  const location = await openUpload(session, repository, { digest, from }, signal)
  if (location === null) return true
  await cancelUpload(session, repository, location)
  return false
}

/** An upload that was left open, else a new one; null: mounted. */
async function begin(
  session: Session,
  repository: string,
  { digest, size }: UploadSource,
  { from, signal, resume }: UploadOptions,
): Promise<OpenUpload | null> {
  const left = resume ? parseUrl(resume) : null
  const kept = left && (await uploadStatus(session, repository, left, signal))
  if (kept && kept.offset <= size) return kept
  const mount = from ? { digest, from } : null
  const location = await openUpload(session, repository, mount, signal)
  return location && { location, offset: 0 }
}

async function isThere(
  session: Session,
  repository: string,
  { digest, size }: UploadSource,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const head = await headBlob(session, repository, digest, { toPush: true, signal })
  return head !== null && (head.size === null || head.size === size)
}

/** What broke in the giver of the bytes is told as that, and not as a connection that broke. */
function ofSource(error: unknown): unknown {
  return error instanceof LaminaError && error.cause instanceof LaminaError ? error.cause : error
}

function isLost(error: unknown): boolean {
  const cause = error instanceof LaminaError ? error.cause : null
  if (!(cause instanceof AnswerError)) return false
  return (cause.code !== null && LOST.has(cause.code)) || [404, 410, 416].includes(cause.status)
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof LaminaError && error.code === code
}
