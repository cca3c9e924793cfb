/** The requests of one blob upload (distribution spec, "end-4" to "end-6", "end-11", "end-13"). */
import { Readable } from 'node:stream'
import type { Digest } from '../../oci/digest'
import { AnswerError } from './answers'
import { backoff, pause } from './retry'
import { registryError } from './registry-error'
import { repositoryScope } from './scope'
import type { Session, SessionRequest } from './session'
import { discard, type HttpResponse } from './transport'
import type { UploadOptions, UploadSource } from './upload'

/** An upload that the registry has open. */
export interface OpenUpload {
  location: URL
  /** Bytes that the registry has. */
  offset: number
}

/** Answers to "how far are you" that mean that the upload is no more. */
const FORGOTTEN = new Set([400, 404, 405, 410, 416])

/** POST: opens an upload and gives its location, or null when the blob was mounted instead. */
export async function openUpload(
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
export async function sendRest(
  session: Session,
  repository: string,
  { location, offset }: OpenUpload,
  source: UploadSource,
  options: UploadOptions,
): Promise<URL> {
  const response = await session.send(
    location,
    {
      ...uploadRequest('PATCH', repository, options.signal),
      headers: {
        'content-type': 'application/octet-stream',
        'content-length': String(source.size - offset),
        ...(offset > 0 ? { 'content-range': `${offset}-${source.size - 1}` } : {}),
      },
      body: () => body(source, offset, options, session.transport.stallTimeout),
    },
    [201, 202, 204],
  )
  await discard(response)
  return locationOf(session, response)
}

/** PUT: closes the upload under its digest. Throws `digest_mismatch` where other bytes arrived. */
export async function closeUpload(
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

/** GET the upload: how far the registry is, or null where it no longer knows it. */
export async function uploadStatus(
  session: Session,
  repository: string,
  location: URL,
  signal: AbortSignal | undefined,
): Promise<OpenUpload | null> {
  for (let attempt = 1; ; attempt++) {
    const response = await session.sendAny(location, uploadRequest('GET', repository, signal))
    await discard(response)
    const last = /^(?:bytes=)?0-(\d+)$/.exec(response.headers['range'] ?? '')?.[1]
    if (response.status === 204 && last !== undefined) {
      // distribution says "0-0" for nothing as well as for one byte.
      const offset = last === '0' ? 0 : Number(last) + 1
      return { location: locationOf(session, response, location), offset }
    }
    const final = FORGOTTEN.has(response.status) || response.status === 204
    if (final || attempt === session.retry.attempts) return null
    await pause(backoff(session.retry, attempt), signal) // what is between us answers nonsense
  }
}

/** DELETE the upload; where that fails, the registry lets it expire. */
export async function cancelUpload(
  session: Session,
  repository: string,
  location: URL,
): Promise<void> {
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

/**
 * The bytes from `offset` on as a request's body, counted as the connection takes them. A connection
 * that takes nothing for `stall` ms is given up: nothing else would end it.
 */
function body(
  source: UploadSource,
  offset: number,
  { signal, onProgress }: UploadOptions,
  stall: number,
): Readable {
  let timer: NodeJS.Timeout | undefined
  async function* chunks() {
    let done = offset
    try {
      for await (const chunk of await source.open({ start: offset, signal })) {
        timer = setTimeout(() => stream.destroy(new StalledError(stall)), stall)
        yield chunk
        clearTimeout(timer)
        onProgress?.((done += chunk.length))
      }
    } finally {
      clearTimeout(timer)
    }
  }
  // One chunk is with the connection while the next is read, and no more (UploadSource, `open`).
  const stream = Readable.from(chunks(), { objectMode: false, highWaterMark: 1 })
  return stream
}

/** A connection that is open and takes nothing. */
class StalledError extends Error {
  readonly code = 'ETIMEDOUT'

  constructor(ms: number) {
    super(`the connection took nothing for ${ms / 1000} s`)
  }
}
