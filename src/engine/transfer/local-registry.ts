import type { BlobStore } from '../blob/blob-store'
import type { Digest } from '../oci/digest'

/** A registry in this very process (registry/server/own-registry.ts): its files can be shared. */
export interface LocalRegistry {
  /** Whether a reference's domain leads to it. */
  serves(domain: string): boolean
  /** What to trust when this domain is asked, PEM. */
  authorities(domain: string): string[]
  /** Links a file as a blob of a repository; false: it has to be sent. */
  adopt(repository: string, path: string, digest: Digest): Promise<boolean>
  /** Where a blob of a repository lies, or null. */
  path(repository: string, digest: Digest): string | null
}

/** Gives blobs of the store to a registry of this process; undefined for any other. */
export function giver(
  local: LocalRegistry | undefined,
  domain: string,
  repository: string,
  blobs: BlobStore,
): ((digest: Digest) => Promise<boolean>) | undefined {
  if (!local?.serves(domain)) return undefined
  return (digest) => local.adopt(repository, blobs.path(digest), digest)
}

/** Finds the files of a registry of this process; undefined for any other. */
export function finder(
  local: LocalRegistry | undefined,
  domain: string,
  repository: string,
): ((digest: Digest) => string | null) | undefined {
  return local?.serves(domain) ? (digest) => local.path(repository, digest) : undefined
}
