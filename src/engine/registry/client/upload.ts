/**
 * Blob uploads (distribution spec, "end-4" to "end-6", "end-11", "end-13"): mount, or POST, PATCH with
 * the whole stream, PUT with the digest. A broken PATCH goes on where the server says it stands.
 */
import { Readable } from 'node:stream'
import type { Digest } from '../../oci/digest'
import { AnswerError } from './answers'
import { headBlob } from './blobs'
import { mayPass } from './exchange'
import { backoff, DEFAULT_RETRY, pause } from './retry'
import { repositoryScope } from './scope'
import type { Session, SessionRequest } from './session'
import { discard, type HttpResponse } from './transport'
import { registryError } from './registry-error'

/** What is uploaded. `open` is called again with another start after a broken connection. */
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
}

export type UploadOutcome = { how: 'mounted'; from: string } | { how: 'uploaded' }

/**
 * Puts a blob into a repository. Errors: `registry_denied`, `registry_failed`, `digest_mismatch`
 * where the registry received something else, `registry_unreachable`, `cancelled`; a session that
 * cannot be finished is cancelled at the registry.
 */
export async function uploadBlob(
  session: Session,
  repository: string,
  source: UploadSource,
  options: UploadOptions = {},
): Promise<UploadOutcome> {
  const { from = null, signal } = options
  let location = await start(
    session,
    repository,
    from ? { digest: source.digest, from } : null,
    signal,
  )
  if (location === null) return { how: 'mounted', from: from ?? '' }
  let offset = 0
  for (let attempt = 1; ; attempt++) {
    try {
      if (offset < source.size || source.size === 0) {
        location = await send(session, repository, location, source, offset, options)
      }
      await finish(session, repository, location, source.digest, signal)
      return { how: 'uploaded' }
    } catch (error) {
      if (!mayPass(error) || attempt >= DEFAULT_RETRY.attempts || signal?.aborted) {
        await cancel(session, repository, location)
        throw error
      }
      await pause(backoff(DEFAULT_RETRY, attempt), signal)
      // The answer to a PUT may have been lost after the registry took the blob.
      if (await headBlob(session, repository, source.digest, { toPush: true, signal }))
        return { how: 'uploaded' }
      const kept: UploadState | null = await status(session, repository, location, signal)
      if (kept === null) {
        location = (await start(session, repository, null, signal)) ?? location
        offset = 0
      } else ({ location, offset } = kept)
    }
  }
}

/** POST: opens an upload and gives its location, or null when the blob was mounted instead. */
async function start(
  session: Session,
  repository: string,
  mount: { digest: Digest; from: string } | null,
  signal: AbortSignal | undefined,
): Promise<URL | null> {
  const url = session.url(`/v2/${repository}/blobs/uploads/`)
  const scopes = [repositoryScope(repository, 'pull', 'push')]
  if (mount) {
    url.searchParams.set('mount', mount.digest)
    url.searchParams.set('from', mount.from)
    scopes.push(repositoryScope(mount.from, 'pull'))
  }
  // An upload that is opened twice is merely left to expire, so that trying again is safe.
  const request: SessionRequest = {
    method: 'POST',
    scopes,
    subject: { repository },
    idempotent: true,
    signal,
  }
  const response = await session.send(url, request, [201, 202])
  await discard(response)
  return mount && response.status === 201 ? null : locationOf(session, response)
}

/** PATCH: the bytes from `offset` on, as one stream of constant memory. */
async function send(
  session: Session,
  repository: string,
  location: URL,
  source: UploadSource,
  offset: number,
  options: UploadOptions,
): Promise<URL> {
  const left = source.size - offset
  const response = await session.send(
    location,
    {
      ...uploadRequest('PATCH', repository, options.signal),
      headers: {
        'content-type': 'application/octet-stream',
        'content-length': String(left),
        ...(offset > 0 ? { 'content-range': `${offset}-${source.size - 1}` } : {}),
      },
      body: () => body(source, offset, options),
    },
    [200, 201, 202, 204],
  )
  await discard(response)
  return locationOf(session, response)
}

/** PUT: closes the upload under its digest. */
async function finish(
  session: Session,
  repository: string,
  location: URL,
  digest: Digest,
  signal: AbortSignal | undefined,
): Promise<void> {
  const url = new URL(location)
  url.searchParams.set('digest', digest)
  const request: SessionRequest = {
    ...uploadRequest('PUT', repository, signal),
    headers: { 'content-length': '0' },
    idempotent: false,
  }
  const response = await session.sendAny(url, request)
  if (response.status === 201 || response.status === 204) return discard(response)
  const error = await session.errorFor(response, request)
  if (error.cause instanceof AnswerError && error.cause.code === 'DIGEST_INVALID') {
    throw registryError('digest_mismatch', {}, { cause: error.cause })
  }
  throw error
}

interface UploadState {
  location: URL
  offset: number
}

/** GET the upload: how far the server is, or null where it no longer knows it. */
async function status(
  session: Session,
  repository: string,
  location: URL,
  signal: AbortSignal | undefined,
): Promise<UploadState | null> {
  const response = await session.sendAny(location, uploadRequest('GET', repository, signal))
  await discard(response)
  const last = /^(?:bytes=)?0-(\d+)$/.exec(response.headers['range'] ?? '')?.[1]
  if (response.status !== 204 || last === undefined) return null
  // distribution says "0-0" for nothing as well as for one byte.
  const offset = last === '0' ? 0 : Number(last) + 1
  return { location: locationOf(session, response, location), offset }
}

/** DELETE the upload; where that fails, the registry lets it expire. */
async function cancel(session: Session, repository: string, location: URL): Promise<void> {
  try {
    const request = uploadRequest('DELETE', repository, AbortSignal.timeout(2_000))
    const policy = { attempts: 1, base: 0, ceiling: 0 }
    await discard(await session.sendAny(location, { ...request, policy }))
  } catch {
    return // nothing more can be done from here
  }
}

function uploadRequest(
  method: SessionRequest['method'],
  repository: string,
  signal: AbortSignal | undefined,
): SessionRequest {
  return {
    method,
    scopes: [repositoryScope(repository, 'pull', 'push')],
    subject: { repository },
    signal,
  }
}

function locationOf(session: Session, response: HttpResponse, otherwise?: URL): URL {
  const location = response.headers['location']
  if (location) return session.url(location, response.url)
  if (otherwise) return otherwise
  throw registryError('registry_failed', {
    address: session.endpoint.address,
    message: 'an upload without a Location',
  })
}

/** The bytes from `offset` on as a request's body, counted as the connection takes them. */
function body(
  source: UploadSource,
  offset: number,
  { signal, onProgress }: UploadOptions,
): Readable {
  async function* chunks() {
    let done = offset
    for await (const chunk of await source.open({ start: offset, signal })) {
      yield chunk
      onProgress?.((done += chunk.length))
    }
  }
  return Readable.from(chunks(), { objectMode: false, highWaterMark: 256 * 1024 })
}
