/** Listing tags, repositories and referrers (distribution spec, end-8, end-12, and `_catalog`). */
import { MAX_DOCUMENT } from '../../../oci/json'
import { OCI_INDEX } from '../../../oci/media-types'
import { Fault } from '../faults'
import type { ManifestEntry } from '../repository'
import type { SortedNames } from '../sorted-names'
import { checkDigest } from './blobs'
import { answerJson, type Exchange } from './exchange'

export function listTags(exchange: Exchange, name: string): void {
  const repository = exchange.store.repositories.get(name)
  if (!repository) throw new Fault('NAME_UNKNOWN', { detail: { name } })
  const { names, headers } = page(exchange, repository.tagNames, `/v2/${name}/tags/list`)
  answerJson(exchange, { name, tags: names }, headers)
}

export function listRepositories(exchange: Exchange): void {
  const { names, headers } = page(exchange, exchange.store.repositories.names, '/v2/_catalog')
  answerJson(exchange, { repositories: names }, headers)
}

/** An image index of the manifests whose subject this is; an empty one when nobody knows it. */
export function listReferrers(exchange: Exchange, name: string, reference: string): void {
  const digest = checkDigest(reference)
  const asked = new URLSearchParams(exchange.query)
  // One that is empty asks for nothing.
  const artifactType = asked.get('artifactType') || null
  const last = asked.get('last') ?? ''
  const found = exchange.store.repositories.get(name)?.referrers(digest) ?? []
  const manifests = found
    .filter((entry) => artifactType === null || entry.artifactType === artifactType)
    .filter((entry) => entry.digest > last)
    .sort((a, b) => (a.digest < b.digest ? -1 : 1))
    .map(descriptorOf)
  const first = manifests.slice(0, fitting(manifests))
  const headers = artifactType === null ? [] : ['OCI-Filters-Applied', 'artifactType']
  const end = first.at(-1)
  if (end && first.length < manifests.length) {
    const next = new URLSearchParams({
      ...(artifactType !== null && { artifactType }),
      last: end.digest,
    })
    headers.push('Link', `</v2/${name}/referrers/${digest}?${next}>; rel="next"`)
  }
  const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: first }
  answerJson(exchange, index, headers, OCI_INDEX)
}

function descriptorOf({ digest, size, mediaType, artifactType, annotations }: ManifestEntry) {
  return {
    ...{ mediaType, digest, size },
    ...(artifactType !== undefined && { artifactType }),
    ...(annotations && { annotations }),
  }
}

/** How many of these an index may have and still be one that clients take, but one at least. */
function fitting(descriptors: readonly object[]): number {
  let size = 1000
  const over = descriptors.findIndex((descriptor, at) => {
    size += Buffer.byteLength(JSON.stringify(descriptor)) + 1
    return at > 0 && size > MAX_DOCUMENT
  })
  return over < 0 ? descriptors.length : over
}

/** The page that `n` and `last` ask for, with a `Link` to the next one when there is more. */
function page(
  { query }: Exchange,
  names: SortedNames,
  path: string,
): { names: string[]; headers: string[] } {
  const asked = new URLSearchParams(query)
  const n = asked.get('n')
  if (n !== null && !/^\d+$/.test(n)) {
    throw new Fault('UNSUPPORTED', { status: 400, detail: { n, reason: 'not a number' } })
  }
  const found = names.page(n === null ? Infinity : Number(n), asked.get('last'))
  const last = found.names.at(-1)
  if (!found.more || last === undefined) return { names: found.names, headers: [] }
  const next = new URLSearchParams({ n: n ?? '', last })
  return { names: found.names, headers: ['Link', `<${path}?${next}>; rel="next"`] }
}
