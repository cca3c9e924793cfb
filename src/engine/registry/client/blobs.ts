/** Blobs: is it there, and its bytes (distribution spec, "end-2"). */
import { LaminaError } from '@shared/errors'
import { gathered } from '../../blob/gathered'
import type { Digest } from '../../oci/digest'
import { mayPass } from './exchange'
import { backoff, pause } from './retry'
import { repositoryScope } from './scope'
import type { Session, SessionRequest } from './session'
import { transportFailure } from './failures'
import { discard, type HttpResponse } from './transport'

/**
 * HEAD a blob: its size (null where the registry does not say), or null where it is not there.
 * `toPush`: asks for the right to push at once, which the next request will want.
 */
export async function headBlob(
  session: Session,
  repository: string,
  digest: Digest,
  { toPush = false, signal }: { toPush?: boolean; signal?: AbortSignal | undefined } = {},
): Promise<{ size: number | null } | null> {
  const request = blobRequest('HEAD', repository, digest, signal)
  if (toPush) request.scopes = [repositoryScope(repository, 'pull', 'push')]
  const url = blobUrl(session, repository, digest)
  const response = await throughNonsense(session, () => session.sendAny(url, request), signal)
  await discard(response)
  if (response.status === 404) return null
  if (response.status !== 200) throw await session.errorFor(response, request)
  const length = response.headers['content-length']
  return { size: length === undefined ? null : Number(length) }
}

/** Asks again where a web page answered in the registry's place: its 200 says nothing of a blob. */
async function throughNonsense(
  session: Session,
  ask: () => Promise<HttpResponse>,
  signal: AbortSignal | undefined,
): Promise<HttpResponse> {
  for (let attempt = 1; ; attempt++) {
    const response = await ask()
    const page =
      response.status === 200 && response.headers['content-type']?.startsWith('text/html')
    if (!page) return response
    await discard(response)
    if (attempt === session.retry.attempts) {
      const { address } = session.endpoint
      throw new LaminaError('registry_failed', { address, message: 'a web page' })
    }
    await pause(backoff(session.retry, attempt), signal)
  }
}

export interface ReadBlobOptions {
  offset?: number
  /** Bytes of the whole blob, where they are known: an answer that ends before is gone on with. */
  size?: number
  signal?: AbortSignal | undefined
  /** As BlobStore.open. */
  reuse?: boolean
}

/**
 * A blob's bytes from `offset` on. A lost connection is taken up where it broke, by Range, as long
 * as each try brings something. Who reads verifies the digest. Errors: `manifest_unknown`,
 * `registry_unreachable`, `cancelled`.
 */
export async function* readBlob(
  session: Session,
  repository: string,
  digest: Digest,
  { offset = 0, size, signal, reuse = false }: ReadBlobOptions = {},
): AsyncGenerator<Buffer, void, undefined> {
  let at = offset
  let fruitless = 0
  for (;;) {
    const response = await openBlob(session, repository, digest, at, signal)
    try {
      for await (const chunk of gathered(response.body, { reuse })) {
        at += chunk.length
        fruitless = 0
        yield chunk
      }
      const whole = response.headers['content-length'] !== undefined
      if (size === undefined || at >= size || whole) return
      throw new EndedEarlyError(at, size)
    } catch (cause) {
      if (signal?.aborted) throw new LaminaError('cancelled', {}, { cause })
      const { address } = session.endpoint
      const error = await transportFailure(cause, address, response.url, { answered: true })
      fruitless++
      const given = cause instanceof EndedEarlyError && fruitless >= session.retry.attempts
      if (given) return // that is all of it, and its digest will tell
      if (!mayPass(error) || fruitless >= session.retry.attempts) throw error
      await pause(backoff(session.retry, fruitless), signal)
    } finally {
      response.body.destroy()
    }
  }
}

/** An answer that was shorter than the blob, though nothing seemed to break. */
class EndedEarlyError extends Error {
  readonly code = 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH'

  constructor(at: number, size: number) {
    super(`the answer ended at ${at} of ${size} bytes`)
  }
}

async function openBlob(
  session: Session,
  repository: string,
  digest: Digest,
  offset: number,
  signal: AbortSignal | undefined,
): Promise<HttpResponse> {
  const request = blobRequest('GET', repository, digest, signal)
  if (offset === 0) return session.send(blobUrl(session, repository, digest), request, [200])
  const response = await session.send(
    blobUrl(session, repository, digest),
    { ...request, headers: { range: `bytes=${offset}-` } },
    [200, 206],
  )
  if (response.status === 200) await skip(response, offset)
  return response
}

/** Reads over the first bytes of an answer from a server that knows no ranges. */
async function skip(response: HttpResponse, count: number): Promise<void> {
  let left = count
  while (left > 0) {
    const chunk = (response.body.read() ?? null) as Buffer | null
    if (chunk === null) {
      if (response.body.readableEnded) return
      await new Promise<void>((resolve, reject) => {
        response.body.once('readable', resolve)
        response.body.once('end', resolve)
        response.body.once('error', reject)
      })
    } else if (chunk.length > left) {
      response.body.unshift(chunk.subarray(left))
      left = 0
    } else left -= chunk.length
  }
}

function blobUrl(session: Session, repository: string, digest: Digest): URL {
  return session.url(`/v2/${repository}/blobs/${digest}`)
}

function blobRequest(
  method: 'GET' | 'HEAD',
  repository: string,
  digest: Digest,
  signal: AbortSignal | undefined,
): SessionRequest {
  return {
    method,
    scopes: [repositoryScope(repository, 'pull')],
    subject: { repository, reference: digest },
    signal,
  }
}
