/** How a name or an id finds an image (moby daemon/images/image.go GetImage). */
import { LaminaError } from '@shared/errors'
import {
  familiarName,
  familiarReference,
  fullReference,
  parseReference,
  type Reference,
} from '@shared/reference'
import { type Digest, isDigest } from '../oci/digest'

/** The key under which a reference is kept: the digest counts before the tag. */
export function referenceKey({ domain, path, tag, digest }: Reference): string {
  return fullReference({ domain, path, tag: digest === null ? tag : null, digest })
}

/** Throws `reference_invalid`. */
export function parseName(name: string): Reference {
  const parsed = parseReference(name)
  if (parsed.ok) return parsed.reference
  throw new LaminaError('reference_invalid', {
    reference: name,
    docker:
      parsed.problem === 'uppercase'
        ? 'invalid reference format: repository name must be lowercase'
        : 'invalid reference format',
  })
}

/** `sha256:1` would read as the beginning of an id. Throws `reference_invalid`. */
export function refuseAlgorithm(reference: Reference): void {
  const name = familiarName(reference)
  if (!['sha256', 'sha512'].includes(name)) return
  throw new LaminaError('reference_invalid', {
    reference: name,
    docker: 'refusing to create an ambiguous tag using digest algorithm as name',
  })
}

/** The name as `docker images` shows it. */
export function familiar(key: string): string {
  const parsed = parseReference(key)
  return parsed.ok ? familiarReference(parsed.reference) : key
}

/** Repository of a key: what stands before the tag or digest. */
export function repositoryOf(key: string): string {
  const at = key.indexOf('@')
  if (at >= 0) return key.slice(0, at)
  return key.slice(0, key.lastIndexOf(':'))
}

export function isCanonical(key: string): boolean {
  return key.includes('@')
}

/** Whether it can be (the beginning of) an id, and not only a name. */
export function mayBeId(text: string): boolean {
  return /^(?:sha(?:256|512):)?[0-9a-f]+$/.test(text)
}

/** The one id that begins with this, with or without its algorithm; null for none or several. */
export function findById(ids: Iterable<Digest>, prefix: string): Digest | null {
  if (!mayBeId(prefix)) return null
  let found: Digest | null = null
  for (const id of ids) {
    if (!isIdPrefix(id, prefix)) continue
    if (found !== null) return null
    found = id
  }
  return found
}

export function isIdPrefix(id: Digest, prefix: string): boolean {
  return id.startsWith(prefix) || id.slice(id.indexOf(':') + 1).startsWith(prefix)
}

export function noSuchImage(name: string): LaminaError {
  const parsed = parseReference(name)
  const shown = parsed.ok ? familiarReference(parsed.reference) : name
  return new LaminaError('not_found', {
    name: shown,
    docker: `No such image: ${isDigest(`sha256:${name}`) ? `sha256:${name}` : shown}`,
  })
}
