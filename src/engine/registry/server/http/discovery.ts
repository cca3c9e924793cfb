/** Listing tags, repositories and referrers (distribution spec, end-8, end-12, and `_catalog`). */
import { OCI_INDEX } from '../../../oci/media-types'
import { Fault } from '../faults'
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
  const wanted = new URLSearchParams(exchange.query).get('artifactType')
  const found = exchange.store.repositories.get(name)?.referrers(digest) ?? []
  const manifests = found
    .filter(({ artifactType }) => wanted === null || artifactType === wanted)
    .map(({ digest: own, size, mediaType, artifactType, annotations }) => ({
      ...{ mediaType, digest: own, size },
      ...(artifactType !== undefined && { artifactType }),
      ...(annotations && { annotations }),
    }))
  const headers = wanted === null ? [] : ['OCI-Filters-Applied', 'artifactType']
  const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests }
  answerJson(exchange, index, headers, OCI_INDEX)
}

/** The page that `n` and `last` ask for, with a `Link` to the next one when there is more. */
function page(
  { query }: Exchange,
  names: SortedNames,
  path: string,
): { names: string[]; headers: string[] } {
  const asked = new URLSearchParams(query)
  const n = asked.get('n')
  if (n !== null && !/^\d{1,9}$/.test(n)) {
    throw new Fault('PAGINATION_NUMBER_INVALID', { detail: { n } })
  }
  const found = names.page(n === null ? Infinity : Number(n), asked.get('last'))
  const last = found.names.at(-1)
  if (!found.more || last === undefined) return { names: found.names, headers: [] }
  const next = new URLSearchParams({ n: n ?? '', last })
  return { names: found.names, headers: ['Link', `<${path}?${next}>; rel="next"`] }
}
