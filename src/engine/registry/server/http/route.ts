/** Which route of the distribution spec (spec.md, "Endpoints") a path names. */
export type Route =
  | { kind: 'base' }
  | { kind: 'catalog' }
  | { kind: 'tags'; name: string }
  | { kind: 'uploads'; name: string }
  | { kind: 'blob' | 'upload' | 'manifest' | 'referrers'; name: string; reference: string }

const KINDS: Record<string, 'blob' | 'upload' | 'manifest' | 'referrers'> = {
  blobs: 'blob',
  uploads: 'upload',
  manifests: 'manifest',
  referrers: 'referrers',
}

/**
 * Null: no route. A repository's name may have any number of segments, so a path is read from its
 * end. The name is not checked here.
 */
export function parseRoute(path: string): Route | null {
  if (path === '/v2/' || path === '/v2') return { kind: 'base' }
  if (!path.startsWith('/v2/')) return null
  const rest = path.slice('/v2/'.length)
  if (rest === '_catalog') return { kind: 'catalog' }
  if (rest.endsWith('/tags/list'))
    return { kind: 'tags', name: rest.slice(0, -'/tags/list'.length) }
  if (rest.endsWith('/blobs/uploads')) {
    return { kind: 'uploads', name: rest.slice(0, -'/blobs/uploads'.length) }
  }
  const last = rest.lastIndexOf('/')
  const middle = rest.lastIndexOf('/', last - 1)
  if (last < 0 || middle < 0) return null
  const kind = KINDS[rest.slice(middle + 1, last)]
  const name = rest.slice(0, middle)
  const reference = rest.slice(last + 1)
  if (kind === undefined) return null
  if (kind !== 'upload') return { kind, name, reference }
  if (!name.endsWith('/blobs')) return null
  const repository = name.slice(0, -'/blobs'.length)
  if (reference === '') return { kind: 'uploads', name: repository }
  return { kind, name: repository, reference }
}

/**
 * Path and query of a request's target, the path decoded; null: it cannot be decoded. The target may be
 * a whole address, as proxies are sent it (RFC 9112, 3.2.2).
 */
export function splitTarget(url: string): { path: string; query: string } | null {
  const target = url.startsWith('/') ? url : url.replace(/^https?:\/\/[^/?]*/i, '')
  const mark = target.indexOf('?')
  const path = mark < 0 ? target : target.slice(0, mark)
  const query = mark < 0 ? '' : target.slice(mark + 1)
  if (!path.includes('%')) return { path, query }
  try {
    return { path: decodeURIComponent(path), query }
  } catch {
    return null
  }
}
