/**
 * Garbage collection while the registry works: mark and sweep.
 *
 * First, repository by repository, the blobs that no manifest of it refers to lose their place in it;
 * then the files go that no repository shows. A push has no beginning that a registry could see: its
 * blobs come first and the manifest last. So what was pushed, mounted or asked for in the last hour
 * stays (`grace`), and whatever happens while the collector runs is never its prey. An upload's own
 * bytes are no blob yet; the blob that it is becoming, and the parts of a manifest on its way, are
 * under a lease.
 */
import type { Digest } from '../../oci/digest'
import { manifestFacts } from './manifest-facts'
import type { RegistryStore } from './registry-store'
import type { Repository } from './repository'

export interface CollectOptions {
  /** How long, in ms, something that nothing refers to is left alone; an hour by default. */
  grace?: number
  /** Remove manifests, too, that no tag, no index and no subject leads to. */
  untagged?: boolean
}

export interface CollectReport {
  /** Manifests and blobs that lost their place in a repository. */
  unlinked: number
  /** Files removed, and their bytes. */
  removed: number
  freed: number
  /** Uploads given up. */
  uploads: number
}

const HOUR = 60 * 60 * 1000
/** An upload that has taken no bytes for so long is given up. */
const UPLOAD_AGE = 7 * 24 * HOUR

export async function collectGarbage(
  store: RegistryStore,
  { grace = HOUR, untagged = false }: CollectOptions,
): Promise<CollectReport> {
  const before = Date.now() - grace
  const uploads = await store.uploads.expire(UPLOAD_AGE)
  let unlinked = 0
  for (const repository of [...store.repositories.all()]) {
    if (untagged) unlinked += await unlinkManifests(store, repository, before)
    unlinked += await unlinkBlobs(store, repository, before)
  }
  return { unlinked, uploads, ...(await sweep(store)) }
}

async function unlinkBlobs(
  store: RegistryStore,
  repository: Repository,
  before: number,
): Promise<number> {
  const candidates = [...repository.blobs].filter(([, { used }]) => used < before)
  if (candidates.length === 0) return 0
  const referred = new Set<Digest>()
  for (const digest of [...repository.manifests.keys()])
    for (const part of await partsOf(store, digest)) referred.add(part)
  const removals: Promise<boolean>[] = []
  // What was used while the manifests were read is looked at again, with nothing in between.
  for (const [digest, link] of candidates) {
    if (referred.has(digest) || link.used >= before || store.blobs.leased(digest)) continue
    if (repository.blobs.get(digest) !== link) continue
    removals.push(store.remove({ op: 'unblob', repository: repository.name, digest }))
  }
  await Promise.all(removals)
  return removals.length
}

/** Manifests are kept that a tag leads to, by way of indexes and of subjects. */
async function unlinkManifests(
  store: RegistryStore,
  repository: Repository,
  before: number,
): Promise<number> {
  const kept = new Set<Digest>()
  const mark = async (digest: Digest): Promise<void> => {
    if (kept.has(digest) || !repository.manifests.has(digest)) return
    kept.add(digest)
    for (const part of await partsOf(store, digest)) await mark(part)
    for (const referrer of repository.referrers(digest)) await mark(referrer.digest)
  }
  for (const digest of [...repository.tags.values()]) await mark(digest)
  for (const entry of [...repository.manifests.values()])
    if (entry.used >= before) await mark(entry.digest)
  const tagged = new Set(repository.tags.values())
  const removals: Promise<boolean>[] = []
  for (const [digest, entry] of [...repository.manifests]) {
    if (kept.has(digest) || tagged.has(digest) || entry.used >= before) continue
    if (store.blobs.leased(digest)) continue
    removals.push(store.remove({ op: 'unmanifest', repository: repository.name, digest }))
  }
  await Promise.all(removals)
  return removals.length
}

/** Every digest that a manifest refers to. */
async function partsOf(store: RegistryStore, digest: Digest): Promise<Digest[]> {
  const facts = manifestFacts(await store.body(digest), undefined)
  return [...facts.blobs, ...facts.manifests]
}

async function sweep(store: RegistryStore): Promise<{ removed: number; freed: number }> {
  const isFree = (digest: Digest) =>
    !store.repositories.isLinked(digest) && !store.blobs.leased(digest)
  const free: { digest: Digest; size: number }[] = []
  for await (const digest of store.blobs.digests()) {
    if (!isFree(digest)) continue
    const info = await store.blobs.stat(digest)
    if (info) free.push(info)
  }
  // No file goes before the record that it is not needed is on the disk.
  await store.settled()
  let removed = 0
  let freed = 0
  for (const { digest, size } of free) {
    if (!isFree(digest) || !(await store.forget(digest))) continue
    removed++
    freed += size
  }
  return { removed, freed }
}
