/** Manifests and indexes by tag or digest (distribution spec, "end-3", "end-7", "end-9"). */
import { digestAlgorithm, digestOf, isDigest, type Digest } from '../../oci/digest'
import { MAX_DOCUMENT } from '../../oci/json'
import { DOCKER_INDEX, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST } from '../../oci/media-types'
import { backoff, pause } from './retry'
import { repositoryScope } from './scope'
import type { Session, SessionRequest } from './session'
import { discard, readBody, type HttpResponse } from './transport'
import { registryError } from './registry-error'

const ACCEPT = [OCI_INDEX, DOCKER_INDEX, OCI_MANIFEST, DOCKER_MANIFEST].join(', ')

/** Tries to get a manifest whole. */
const LOOKS = 3
/** What a JSON document begins with. */
const BRACE = 0x7b

/** A manifest or an index, byte for byte, with its verified digest. */
export interface RemoteManifest {
  mediaType: string
  digest: Digest
  bytes: Buffer
}

/**
 * GET a manifest. Errors: `manifest_unknown`; `digest_mismatch` where the bytes are not those that
 * the reference or `Docker-Content-Digest` names.
 */
export async function getManifest(
  session: Session,
  repository: string,
  reference: string,
  signal?: AbortSignal,
): Promise<RemoteManifest> {
  for (let attempt = 1; ; attempt++) {
    const response = await session.send(
      manifestUrl(session, repository, reference),
      pullRequest('GET', repository, reference, signal),
      [200],
    )
    const bytes = await readBody(response, MAX_DOCUMENT, session.endpoint)
    const promised = isDigest(reference) ? reference : contentDigest(response)
    const digest = digestOf(bytes, promised ? digestAlgorithm(promised) : 'sha256')
    const mediaType = mediaTypeOf(response, bytes)
    if (promised ? promised === digest : bytes[0] === BRACE) return { mediaType, digest, bytes }
    // What stands between us and the registry may have cut it, or answered in its place.
    if (attempt < LOOKS) await pause(backoff(session.retry, attempt), signal)
    else if (!promised) return { mediaType, digest, bytes }
    else {
      const cause = new Error(`${repository}: ${promised} was promised, ${digest} arrived`)
      throw registryError('digest_mismatch', {}, { cause })
    }
  }
}

export interface ManifestHead {
  /** Null where the registry does not say it. */
  digest: Digest | null
  mediaType: string | null
  size: number | null
}

/** HEAD a manifest: null where it is not there. (Docker Hub does not count these as pulls.) */
export async function headManifest(
  session: Session,
  repository: string,
  reference: string,
  signal?: AbortSignal,
): Promise<ManifestHead | null> {
  const request = pullRequest('HEAD', repository, reference, signal)
  const response = await session.sendAny(manifestUrl(session, repository, reference), request)
  await discard(response)
  if (response.status === 404) return null
  if (response.status !== 200) throw await session.errorFor(response, request)
  const length = response.headers['content-length']
  return {
    digest: contentDigest(response),
    mediaType: contentType(response),
    size: length === undefined ? null : Number(length),
  }
}

/**
 * PUT a manifest and read its digest back. Errors: `registry_denied`, `registry_failed` where the
 * registry refuses it, `digest_mismatch` where it kept something else.
 */
export async function putManifest(
  session: Session,
  repository: string,
  reference: string,
  manifest: { mediaType: string; bytes: Buffer },
  signal?: AbortSignal,
): Promise<Digest> {
  const response = await session.send(
    manifestUrl(session, repository, reference),
    {
      method: 'PUT',
      headers: { 'content-type': manifest.mediaType },
      body: () => manifest.bytes,
      scopes: [repositoryScope(repository, 'pull', 'push')],
      subject: { repository, reference },
      signal,
    },
    [200, 201, 202],
  )
  await discard(response)
  const digest = digestOf(manifest.bytes)
  const kept =
    contentDigest(response) ??
    (await headManifest(session, repository, reference, signal))?.digest ??
    null
  if (kept !== null && kept !== digest) {
    const cause = new Error(`${repository}: ${digest} was sent, ${kept} was kept`)
    throw registryError('digest_mismatch', {}, { cause })
  }
  return digest
}

/** DELETE a manifest by digest, or a tag where the registry can. Errors: `manifest_unknown`. */
export async function deleteManifest(
  session: Session,
  repository: string,
  reference: string,
  signal?: AbortSignal,
): Promise<void> {
  const response = await session.send(
    manifestUrl(session, repository, reference),
    {
      method: 'DELETE',
      scopes: [repositoryScope(repository, 'delete', 'pull', 'push')],
      subject: { repository, reference },
      signal,
    },
    [200, 202],
  )
  await discard(response)
}

function manifestUrl(session: Session, repository: string, reference: string): URL {
  return session.url(`/v2/${repository}/manifests/${reference}`)
}

function pullRequest(
  method: 'GET' | 'HEAD',
  repository: string,
  reference: string,
  signal: AbortSignal | undefined,
): SessionRequest {
  return {
    method,
    headers: { accept: ACCEPT },
    scopes: [repositoryScope(repository, 'pull')],
    subject: { repository, reference },
    signal,
  }
}

/** `Docker-Content-Digest`, where it is one that can be checked. */
function contentDigest(response: HttpResponse): Digest | null {
  const header = response.headers['docker-content-digest']
  return isDigest(header) ? header : null
}

function contentType(response: HttpResponse): string | null {
  return response.headers['content-type']?.split(';')[0]?.trim() ?? null
}

/** The header's type; where a file server sends another one, the document's own. */
function mediaTypeOf(response: HttpResponse, bytes: Buffer): string {
  const header = contentType(response) ?? ''
  if (header.includes('vnd.')) return header
  const own = /"mediaType"\s*:\s*"([^"]+)"\s*[,}]/.exec(bytes.toString('utf8', 0, 4096))?.[1]
  if (own && ACCEPT.includes(own)) return own
  return /"manifests"\s*:/.test(bytes.toString('utf8')) ? OCI_INDEX : OCI_MANIFEST
}
