/**
 * Image references: `[domain[:port]/]path[:tag][@digest]`.
 *
 * The grammar is distribution/reference's, with Docker's normalisation ("busybox" means
 * "docker.io/library/busybox:latest"). Every process uses this one parser: the renderer to say why
 * a name will not do while it is typed, main and the engine to refuse it at the border.
 */

/** Why a reference is refused. Each has a sentence in the interface's language files. */
export type ReferenceProblem =
  | 'empty'
  | 'uppercase'
  | 'scheme'
  | 'path'
  | 'too-long'
  | 'tag'
  | 'digest'
  | 'digest-length'
  | 'digest-algorithm'
  | 'hex-id'

export interface Reference {
  /** Registry host with port, as Docker names it: `docker.io`, `127.0.0.1:5000`. */
  domain: string
  /** Repository path in the registry: `library/busybox`. */
  path: string
  /** Tag, or null when only a digest was given. */
  tag: string | null
  /** `sha256:…`, or null. */
  digest: string | null
}

export type ParsedReference =
  { ok: true; reference: Reference } | { ok: false; problem: ReferenceProblem }

export const DEFAULT_DOMAIN = 'docker.io'
const DEFAULT_TAG = 'latest'

const COMPONENT = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/
const TAG = /^\w[\w.-]{0,127}$/
const HOST =
  /^(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?$/
const DIGEST_HEX_LENGTH: Record<string, number> = { sha256: 64, sha384: 96, sha512: 128 }
/** Longest repository path, without its domain. */
const MAX_PATH = 255

/** Reads a reference as the `docker` CLI does, and names the problem where it cannot be one. */
export function parseReference(input: string): ParsedReference {
  if (input === '') return refuse('empty')
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(input)) return refuse('scheme')
  if (/^[a-f0-9]{64}$/.test(input)) return refuse('hex-id')

  let rest = input
  let digest: string | null = null
  const at = rest.indexOf('@')
  if (at >= 0) {
    digest = rest.slice(at + 1)
    rest = rest.slice(0, at)
    const problem = digestProblem(digest)
    if (problem) return refuse(problem)
  }

  let domain = DEFAULT_DOMAIN
  const slash = rest.indexOf('/')
  const first = slash > 0 ? rest.slice(0, slash) : ''
  if (first && isDomain(first)) {
    if (!HOST.test(first)) return refuse('path')
    domain = first === 'index.docker.io' ? DEFAULT_DOMAIN : first
    rest = rest.slice(slash + 1)
  }

  let tag: string | null = null
  const colon = rest.indexOf(':')
  if (colon >= 0) {
    tag = rest.slice(colon + 1)
    rest = rest.slice(0, colon)
  }

  if (rest === '') return refuse('path')
  if (/[A-Z]/.test(rest)) return refuse('uppercase')
  if (!rest.split('/').every((part) => COMPONENT.test(part))) return refuse('path')
  if (tag !== null && !TAG.test(tag)) return refuse('tag')
  if (rest.length > MAX_PATH) return refuse('too-long')
  const path = domain === DEFAULT_DOMAIN && !rest.includes('/') ? `library/${rest}` : rest
  if (tag === null && digest === null) tag = DEFAULT_TAG
  return { ok: true, reference: { domain, path, tag, digest } }
}

/** The reference as `docker images` shows it: without `docker.io/` and `library/`. */
export function familiarName(reference: Reference): string {
  if (reference.domain !== DEFAULT_DOMAIN) return `${reference.domain}/${reference.path}`
  return reference.path.replace(/^library\/(?=[^/]+$)/, '')
}

/** Name, tag and digest in Docker's short form: `busybox:latest`, `host:5000/a/b@sha256:…`. */
export function familiarReference(reference: Reference): string {
  return familiarName(reference) + suffix(reference)
}

/** Name, tag and digest written out: `docker.io/library/busybox:latest`. */
export function fullReference(reference: Reference): string {
  return `${reference.domain}/${reference.path}${suffix(reference)}`
}

function suffix({ tag, digest }: Reference): string {
  return (tag === null ? '' : `:${tag}`) + (digest === null ? '' : `@${digest}`)
}

/** Docker's rule for a first segment that names a host and not a part of the path. */
function isDomain(segment: string): boolean {
  return segment === 'localhost' || /[.:A-Z]/.test(segment)
}

function digestProblem(digest: string): ReferenceProblem | null {
  const match = /^([a-z0-9]+(?:[+._-][a-z0-9]+)*):([0-9a-fA-F]*)$/.exec(digest)
  if (!match) return 'digest'
  const length = DIGEST_HEX_LENGTH[match[1] as string]
  if (length === undefined) return 'digest-algorithm'
  if (match[2]?.length !== length) return 'digest-length'
  return /^[0-9a-f]+$/.test(match[2]) ? null : 'digest'
}

function refuse(problem: ReferenceProblem): ParsedReference {
  return { ok: false, problem }
}
