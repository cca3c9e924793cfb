/** Manifests (distribution spec, end-3, end-7, end-9), byte for byte as they came. */
import { MAX_DOCUMENT } from '../../../oci/json'
import { Fault } from '../faults'
import { isTag } from '../names'
import type { ManifestEntry } from '../repository'
import { checkDigest } from './blobs'
import { readBody } from './body'
import { answer, isUnchanged, preconditionOf, type Exchange } from './exchange'

/** What is there is what is sent, whatever the client accepts: it reads the type and decides. */
export function getManifest(
  exchange: Exchange,
  name: string,
  reference: string,
): void | Promise<void> {
  const entry = find(exchange, name, reference)
  entry.used = Date.now()
  const { digest, mediaType } = entry
  const head = ['Docker-Content-Digest', digest, 'Etag', `"${digest}"`]
  if (isUnchanged(exchange.req, digest)) return answer(exchange, 304, head)
  head.push('Content-Type', mediaType)
  const body = exchange.store.cached(digest)
  if (body) return answer(exchange, 200, head, body)
  return exchange.store.body(digest).then((read) => answer(exchange, 200, head, read))
}

export async function putManifest(
  exchange: Exchange,
  name: string,
  reference: string,
): Promise<void> {
  const { req, store, query } = exchange
  const isByDigest = reference.includes(':')
  if (isByDigest) checkDigest(reference)
  // Of a push by tag, the tag is the only one (spec, "Pushing Manifests": end-7b).
  const tags = isByDigest ? [...new Set(new URLSearchParams(query).getAll('tag'))] : []
  for (const tag of isByDigest ? tags : [reference])
    if (!isTag(tag)) throw new Fault('TAG_INVALID', { detail: { tag } })
  const bytes = await readBody(req, MAX_DOCUMENT)
  const type = req.headers['content-type']
  const options = { tags, check: preconditionOf(req) }
  const { digest, subject } = await store.putManifest(name, reference, bytes, type, options)
  answer(exchange, 201, [
    ...['Location', `/v2/${name}/manifests/${digest}`],
    ...['Docker-Content-Digest', digest],
    // Tells the client that no fallback tag is needed (spec, "Pushing Manifests with Subject").
    ...(subject === null ? [] : ['OCI-Subject', subject]),
    ...(tags.length === 0 ? [] : ['OCI-Tag', tags.join(', ')]),
  ])
}

/** A tag is taken away; a digest goes with all tags that lead to it. */
export async function deleteManifest(
  exchange: Exchange,
  name: string,
  reference: string,
): Promise<void> {
  const { digest } = find(exchange, name, reference)
  const isDigestGiven = reference === digest
  await exchange.store.remove(
    isDigestGiven
      ? { op: 'unmanifest', repository: name, digest }
      : { op: 'untag', repository: name, tag: reference },
    preconditionOf(exchange.req),
  )
  answer(exchange, 202, [])
}

function find({ store }: Exchange, name: string, reference: string): ManifestEntry {
  const entry = store.repositories.get(name)?.find(reference)
  if (entry) return entry
  if (reference.includes(':')) checkDigest(reference)
  throw new Fault('MANIFEST_UNKNOWN', { detail: { name, reference } })
}
